import type { ToolUse, TurnResponse } from "../turns/turn.ts";
import type { BlockEvent } from "./messageEvents.ts";

/** The thinking blocks of a message: none, one with the key of the session only, or also what the agent does. */
export type Thinking = "none" | "key" | "activity";

/** Divides a message into blocks, each of which is started and stopped, with at most one open. */
export class ContentBlocks {
  readonly #response: Pick<TurnResponse, "key">;
  readonly #thinking: Thinking;
  #open: "text" | "thinking" | undefined;
  #index = -1;

  /** @param response its key is only read for a thinking block */
  constructor(response: Pick<TurnResponse, "key">, thinking: Thinking) {
    this.#response = response;
    this.#thinking = thinking;
  }

  /** Starts the thinking block, which comes first. */
  start(): readonly BlockEvent[] {
    return this.#thinking === "none" ? [] : this.#opened("thinking");
  }

  text(text: string): readonly BlockEvent[] {
    const events = this.#opened("text");
    return [...events, { type: "content_block_delta", index: this.#index, delta: { type: "text_delta", text } }];
  }

  activity(thinking: string): readonly BlockEvent[] {
    if (this.#thinking !== "activity") return [];
    const events = this.#opened("thinking");
    return [
      ...events,
      { type: "content_block_delta", index: this.#index, delta: { type: "thinking_delta", thinking } },
    ];
  }

  calls(calls: readonly ToolUse[]): readonly BlockEvent[] {
    return [...this.stop(), ...calls.flatMap((call) => this.#call(call))];
  }

  /** Stops the open block. */
  stop(): readonly BlockEvent[] {
    const index = this.#index;
    const wasOpen = this.#open;
    this.#open = undefined;
    if (wasOpen === undefined) return [];
    const stopped: BlockEvent = { type: "content_block_stop", index };
    if (wasOpen === "text") return [stopped];
    // Clients drop a thinking block without a signature, or send it back as text.
    return [
      { type: "content_block_delta", index, delta: { type: "signature_delta", signature: this.#response.key } },
      stopped,
    ];
  }

  #opened(type: "text" | "thinking"): readonly BlockEvent[] {
    if (this.#open === type) return [];
    const stopped = this.stop();
    this.#open = type;
    return [
      ...stopped,
      {
        type: "content_block_start",
        index: ++this.#index,
        content_block: type === "text" ? { type, text: "", citations: null } : { type, thinking: "", signature: "" },
      },
    ];
  }

  #call({ id, name, arguments: input }: ToolUse): readonly BlockEvent[] {
    const index = ++this.#index;
    return [
      {
        type: "content_block_start",
        index,
        content_block: { type: "tool_use", id, name, input: {}, caller: { type: "direct" } },
      },
      { type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json: objectText(input) } },
      { type: "content_block_stop", index },
    ];
  }
}

/**
 * Returns the text of a JSON object. A model may write arguments that are none; the vendor's own advice is to wrap these, so
 * that the client can tell the model.
 */
function objectText(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return text;
  } catch {
    // Wrapped like every other text.
  }
  return JSON.stringify({ INVALID_JSON: text });
}
