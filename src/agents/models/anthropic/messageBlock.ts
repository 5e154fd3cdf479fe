import type { AssistantPart, StepEvent } from "../../../core/models/step.ts";
import type { Json } from "../../../protocol/values.ts";
import { blockFieldsSchema, type ContentDelta, type StartedBlock } from "./messageEvents.ts";

/** One block of a message while it arrives in pieces. */
export class MessageBlock {
  readonly #started: StartedBlock;
  readonly type: string;
  readonly id: string;
  readonly name: string;
  #text: string;
  #thinking: string;
  #signature: string;
  #json = "";
  isOpen = true;

  constructor(started: StartedBlock) {
    this.#started = started;
    const { type, id, name, text, thinking, signature } = blockFieldsSchema.parse(started);
    [this.type, this.id, this.name] = [type, id, name];
    [this.#text, this.#thinking, this.#signature] = [text, thinking, signature];
  }

  /** Returns what the beginning of the block tells. */
  begin(): readonly StepEvent[] {
    const { type, id, name } = this;
    if (type === "tool_use") return [{ type: "call-started", id, name }];
    if (this.#text !== "") return [{ type: "text", text: this.#text }];
    return this.#thinking === "" ? [] : [{ type: "reasoning", text: this.#thinking }];
  }

  /** Adds a piece. A kind of piece that is not known has nothing for the conversation. */
  add({ type, text = "", thinking = "", signature = "", partial_json: json = "" }: ContentDelta): readonly StepEvent[] {
    switch (type) {
      case "text_delta":
        this.#text += text;
        return text === "" ? [] : [{ type: "text", text }];
      case "thinking_delta":
        this.#thinking += thinking;
        return thinking === "" ? [] : [{ type: "reasoning", text: thinking }];
      case "signature_delta":
        this.#signature += signature;
        return [];
      case "input_json_delta":
        this.#json += json;
        return [];
      default:
        return [];
    }
  }

  /**
   * Returns the part of the conversation.
   * @param model for which it is opaque
   * @param isCut true if the message has reached its limit, so that its thinking may lack its signature
   */
  part(model: string, isCut: boolean): AssistantPart | undefined {
    const { type, id, name } = this;
    if (type === "text") return this.#text === "" ? undefined : { type: "text", text: this.#text };
    if (type === "tool_use")
      return { type: "call", id, name, arguments: this.#json || JSON.stringify(this.#started["input"] ?? {}) };
    if (type === "thinking" && isCut && this.#signature === "") return undefined;
    return { type: "opaque", wire: "anthropic", model, data: this.#whole() };
  }

  #whole(): Json {
    if (this.type === "thinking") return { ...this.#started, thinking: this.#thinking, signature: this.#signature };
    return { ...this.#started, ...(this.#json !== "" && { input: parsed(this.#json) }) };
  }
}

function parsed(json: string): Json {
  try {
    const value: Json = JSON.parse(json);
    return value;
  } catch {
    return {};
  }
}
