import { permissionPrompt } from "../../../core/executions/permissionPrompt.ts";
import type { Question } from "../../../core/ports.ts";
import type { Json } from "../../../protocol/values.ts";
import type { PermissionOption, PermissionRequest, ToolUpdate } from "./wire.ts";

/** The result if no option can be selected: after a cancellation, or if the CLI offers no rejection. */
export const cancelledOutcome: Json = { outcome: { outcome: "cancelled" } };

/** The value of "none of the CLI's options", which is never among the choices. */
const NO_REFUSAL = "(no refusal offered)";

/** A permission request as a question, and the mapping of its answer to a result. */
export interface PermissionQuestion {
  readonly question: Question;
  /** Returns the result for the selected value. Unknown values count as a rejection. */
  readonly resultFor: (value: string) => Json;
  /** The CLI's own rejection. */
  readonly refusal: Json;
}

/**
 * Converts a permission request to a question. Options are identified by their kind, since engines v2 and v3 use
 * different IDs and order (docs/kiro-cli.md#43-messages-of-a-turn).
 * @param announced the earlier `tool_call`: the request itself only has an ID and a title
 */
export function asQuestion(request: PermissionRequest, announced: ToolUpdate | undefined): PermissionQuestion {
  const values = uniqueNames(request.options);
  const refusing = request.options.findIndex(({ kind }) => kind === "reject_once");
  const refusingAtAll = refusing >= 0 ? refusing : request.options.findIndex(({ kind }) => kind.startsWith("reject"));
  const refusal = resultOf(request.options[refusingAtAll]);
  return {
    question: {
      prompt: promptFor(request.toolCall, announced),
      inputType: "choice",
      choices: values,
      options: request.options.map(({ name, kind }, index) => ({ value: values[index] ?? name, label: name, kind })),
      safeAnswer: values[refusingAtAll] ?? NO_REFUSAL,
    },
    resultFor: (value) => {
      const chosen = request.options[values.indexOf(value)];
      return chosen === undefined ? refusal : resultOf(chosen);
    },
    refusal,
  };
}

/** Returns the result that selects an option. */
export function resultOf(option: PermissionOption | undefined): Json {
  return option === undefined ? cancelledOutcome : { outcome: { outcome: "selected", optionId: option.optionId } };
}

/** Returns the CLI's names of the options. Duplicates are numbered. */
function uniqueNames(options: readonly PermissionOption[]): string[] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  for (const { name, optionId } of options) {
    const base = name.trim() === "" ? optionId : name;
    let count = counts.get(base) ?? 1;
    let unique = base;
    for (; taken.has(unique); unique = `${base} (${count})`) count++;
    counts.set(base, count);
    taken.add(unique);
  }
  return [...taken];
}

function promptFor(asked: ToolUpdate, announced: ToolUpdate | undefined): string {
  return permissionPrompt({
    agent: "Kiro",
    title: asked.title ?? announced?.title ?? "use a tool",
    kind: asked.kind ?? announced?.kind,
    input: inputOf(asked.rawInput ?? announced?.rawInput),
  });
}

/** Returns the full command of a shell call, or the input of another tool as JSON. */
function inputOf(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  const command: unknown = Reflect.get(input, "command");
  return typeof command === "string" ? command : JSON.stringify(input);
}
