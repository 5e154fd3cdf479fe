import { openAiStreamError } from "../../door/errorBodies.ts";
import type { Renderer } from "../../turns/renderer.ts";
import type { Piece, ToolUse, TurnResponse } from "../../turns/turn.ts";
import {
  type ChatHead,
  chatHead,
  finishReasonOf,
  type FinishReason,
  sentData,
  toolCallOf,
  usageBody,
} from "./chatBodies.ts";

type EndPiece = Extract<Piece, { type: "end" }>;

export interface ChatRendererOptions {
  /** The name of the model as the caller has sent it. */
  readonly model: string;
  /** See `ChatTurn`. */
  readonly includesUsage: boolean;
  readonly isOlderForm: boolean;
  /** Called with a call that is sent without its ID, because the caller knows the older form alone. */
  readonly onFunctionCall?: (call: ToolUse) => void;
}

/** Writes the response of a turn as a chat completion of OpenAI's API. */
export class ChatRenderer implements Renderer {
  readonly requestIdHeader = "x-request-id";
  readonly ping = "";
  readonly #options: ChatRendererOptions;
  #head: ChatHead | undefined;
  #callCount = 0;

  constructor(options: ChatRendererOptions) {
    this.#options = options;
  }

  start(response: TurnResponse): string {
    this.#head = chatHead(response, this.#options.model);
    return this.#delta({ role: "assistant", content: "" });
  }

  piece(piece: Piece): string {
    switch (piece.type) {
      case "text":
        return this.#delta({ content: piece.text });
      case "activity":
        return this.#delta({ reasoning_content: piece.text });
      case "calls":
        return piece.calls.map((call) => this.#call(call)).join("");
      case "end":
        return this.#end(piece);
      case "failed":
        return sentData({ error: openAiStreamError(piece.error, piece.hasBegun) });
    }
  }

  body(pieces: readonly Piece[], response: TurnResponse): object {
    const { model } = this.#options;
    const end = pieces.find((piece): piece is EndPiece => piece.type === "end");
    const usage = end?.usage ?? { inputTokens: response.inputTokens, outputTokens: 0 };
    return {
      ...chatHead(response, model),
      object: "chat.completion",
      choices: [
        {
          index: 0,
          message: this.#message(pieces),
          logprobs: null,
          finish_reason: end && finishReasonOf(end.stopReason, this.#options.isOlderForm),
        },
      ],
      usage: usageBody(usage),
    };
  }

  #message(pieces: readonly Piece[]): object {
    const text = pieces.map((piece) => (piece.type === "text" ? piece.text : "")).join("");
    const activity = pieces.map((piece) => (piece.type === "activity" ? piece.text : "")).join("");
    const calls = pieces.flatMap((piece) => (piece.type === "calls" ? piece.calls : []));
    return {
      role: "assistant",
      content: text === "" && calls.length > 0 ? null : text,
      refusal: null,
      ...(activity !== "" && { reasoning_content: activity }),
      ...this.#callsOf(calls),
    };
  }

  #callsOf(calls: readonly ToolUse[]): object {
    const [first] = calls;
    if (first === undefined) return {};
    if (this.#options.isOlderForm) return this.#functionCall(first);
    return { tool_calls: calls.map(toolCallOf) };
  }

  /** Sends the name before the arguments, as the vendor does. */
  #call(call: ToolUse): string {
    const index = this.#callCount++;
    if (this.#options.isOlderForm) return index === 0 ? this.#delta(this.#functionCall(call)) : "";
    const named = { index, ...toolCallOf({ ...call, arguments: "" }) };
    const args = { index, function: { arguments: call.arguments } };
    return this.#delta({ tool_calls: [named] }) + this.#delta({ tool_calls: [args] });
  }

  #functionCall(call: ToolUse): object {
    this.#options.onFunctionCall?.(call);
    return { function_call: { name: call.name, arguments: call.arguments } };
  }

  #end({ stopReason, usage }: EndPiece): string {
    const last = this.#delta({}, finishReasonOf(stopReason, this.#options.isOlderForm));
    const counts = this.#options.includesUsage ? this.#chunk([], usageBody(usage)) : "";
    return `${last}${counts}data: [DONE]\n\n`;
  }

  #delta(delta: object, finishReason: FinishReason | null = null): string {
    return this.#chunk([{ index: 0, delta, logprobs: null, finish_reason: finishReason }], null);
  }

  #chunk(choices: readonly object[], usage: object | null): string {
    const withUsage = this.#options.includesUsage ? { usage } : {};
    return sentData({ ...this.#head, object: "chat.completion.chunk", choices, ...withUsage });
  }
}
