import { invalid, quote } from "../../../protocol/validate.ts";
import type { ClientTool, ToolUse, TurnRequest } from "../../turns/turn.ts";
import type { ChosenTool, FunctionTool, ResponseRequest, ToolChoice } from "./responseRequest.ts";

/** A function as its client names it. */
export interface FunctionName {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** The name of a function in a list without namespaces. */
export function flatNameOf({
  name,
  namespace,
}: {
  readonly name: string;
  readonly namespace?: string | null | undefined;
}) {
  return typeof namespace === "string" ? `${namespace}__${name}` : name;
}

interface DeclaredTool extends FunctionName {
  readonly tool: ClientTool;
}

/** The functions of one request, and the one that it wants called. */
export class ResponseTools {
  readonly choice: TurnRequest["toolChoice"];
  readonly #declared = new Map<string, DeclaredTool>();
  readonly #isForModel: boolean;

  /**
   * @param isForModel true for a model, which can be held to call any of several functions
   * @throws BridgeError VALIDATION_FAILED
   */
  constructor({ tools, tool_choice: choice }: Pick<ResponseRequest, "tools" | "tool_choice">, isForModel = false) {
    this.#isForModel = isForModel;
    for (const [index, tool] of (tools ?? []).entries()) {
      if (tool.type === "function") this.#declare(tool, undefined, `tools[${index}]`);
      if (tool.type !== "namespace") continue;
      for (const [inner, member] of tool.tools.entries()) {
        if (member.type === "function") this.#declare(member, tool.name, `tools[${index}].tools[${inner}]`);
      }
    }
    this.choice = this.#choose(choice ?? { type: "mode", mode: "auto" });
  }

  /** The functions, with flat names. */
  get list(): readonly ClientTool[] {
    return [...this.#declared.values()].map(({ tool }) => tool);
  }

  /** Returns the function that a call is for, as its client names it. */
  nameOf({ name }: Pick<ToolUse, "name">): FunctionName {
    const declared = this.#declared.get(name);
    if (declared?.namespace === undefined) return { name };
    return { name: declared.name, namespace: declared.namespace };
  }

  #declare({ name, description, parameters }: FunctionTool, namespace: string | undefined, path: string): void {
    const flat = flatNameOf({ name, namespace });
    if (this.#declared.has(flat)) {
      throw invalid(`${path}.name`, "unique", "a unique name", "string", `there are two tools named ${quote(flat)}`);
    }
    const tool = {
      name: flat,
      description: description ?? "",
      parameters: parameters ?? { type: "object", properties: {} },
    };
    this.#declared.set(flat, { name, namespace, tool });
  }

  #choose(choice: ToolChoice): TurnRequest["toolChoice"] {
    switch (choice.type) {
      case "mode":
        return choice.mode === "required" ? this.#required("tool_choice") : choice.mode;
      case "function":
        return { tool: this.#find(choice, "tool_choice.name") };
      case "allowed_tools":
        this.#keepOnly(choice.tools.map((chosen, index) => this.#find(chosen, `tool_choice.tools[${index}].name`)));
        return choice.mode === "required" ? this.#required("tool_choice.mode") : "auto";
    }
  }

  #keepOnly(names: readonly string[]): void {
    const kept = new Set(names);
    for (const name of this.#declared.keys()) if (!kept.has(name)) this.#declared.delete(name);
  }

  #required(field: string): TurnRequest["toolChoice"] {
    return this.#isForModel && this.#declared.size > 0 ? "required" : this.#onlyTool(field);
  }

  #onlyTool(field: string): { readonly tool: string } {
    const [first, second] = this.#declared.keys();
    if (first !== undefined && second === undefined) return { tool: first };
    const problem =
      first === undefined ? "there is no function to call" : "an agent chooses among several tools itself";
    const remedy = 'Name one function in tool_choice, or send "auto".';
    throw invalid(field, "unsupported", "one function", "required", `${problem}. ${remedy}`);
  }

  /** Finds a function by its flat name, or by its own name if that is unique. */
  #find(chosen: ChosenTool, field: string): string {
    const flat = flatNameOf(chosen);
    if (this.#declared.has(flat)) return flat;
    const [first, second] = [...this.#declared].filter(([, { name }]) => name === chosen.name);
    if (typeof chosen.namespace !== "string" && first !== undefined && second === undefined) return first[0];
    const expected = "the name of a function of tools";
    throw invalid(field, "unknown", expected, "string", `no function of tools is named ${quote(flat)}`);
  }
}
