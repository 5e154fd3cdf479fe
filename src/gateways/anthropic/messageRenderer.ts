import { anthropicError } from "../door/errorBodies.ts";
import type { Renderer } from "../turns/renderer.ts";
import type { Piece, TurnResponse } from "../turns/turn.ts";
import { ContentBlocks, type Thinking } from "./contentBlocks.ts";
import { type BlockEvent, blocksOf, messageBody, messageEnd, notEnded, usageBody } from "./messageEvents.ts";

type EndPiece = Extract<Piece, { type: "end" }>;

export interface MessageRendererOptions {
  /** The name of the model as the caller has sent it. */
  readonly model: string;
  readonly thinking: Thinking;
}

/** Writes the response of a turn as a message of Anthropic's Messages API. */
export class MessageRenderer implements Renderer {
  readonly requestIdHeader = "request-id";
  readonly ping = sentEvent({ type: "ping" });
  readonly #options: MessageRendererOptions;
  #blocks: ContentBlocks | undefined;
  #executionId: string | undefined;

  constructor(options: MessageRendererOptions) {
    this.#options = options;
  }

  start(response: TurnResponse): string {
    const { inputTokens } = response;
    const usage = { inputTokens, outputTokens: 0 };
    this.#executionId = response.executionId;
    this.#blocks = new ContentBlocks(response, this.#options.thinking);
    const message = messageBody(response, this.#options.model, [], notEnded, usage);
    return [{ type: "message_start", message }, ...this.#blocks.start()].map(sentEvent).join("");
  }

  piece(piece: Piece): string {
    const blocks = this.#blocks;
    if (blocks === undefined) return "";
    if (piece.type === "failed") {
      // Clients repeat the request at once, and then get the stored outcome.
      const error = anthropicError(piece.error, piece.hasBegun);
      return sentEvent({ type: "error", error, request_id: this.#executionId });
    }
    if (piece.type !== "end") return eventsOf(piece, blocks).map(sentEvent).join("");
    const { stopReason, stopSequence, usage } = piece;
    return [
      ...blocks.stop(),
      { type: "message_delta", delta: messageEnd(stopReason, stopSequence), usage: usageBody(usage) },
      { type: "message_stop" },
    ]
      .map(sentEvent)
      .join("");
  }

  body(pieces: readonly Piece[], response: TurnResponse): object {
    const blocks = new ContentBlocks(response, this.#options.thinking);
    const events = [...blocks.start(), ...pieces.flatMap((piece) => eventsOf(piece, blocks)), ...blocks.stop()];
    const end = pieces.find((piece): piece is EndPiece => piece.type === "end");
    return messageBody(
      response,
      this.#options.model,
      blocksOf(events),
      end === undefined ? notEnded : messageEnd(end.stopReason, end.stopSequence),
      end?.usage ?? { inputTokens: response.inputTokens, outputTokens: 0 },
    );
  }
}

function eventsOf(piece: Piece, blocks: ContentBlocks): readonly BlockEvent[] {
  switch (piece.type) {
    case "text":
      return blocks.text(piece.text);
    case "activity":
      return blocks.activity(piece.text);
    case "calls":
      return blocks.calls(piece.calls);
    case "end":
    case "failed":
      return [];
  }
}

/** Returns a Server-Sent Event, whose name is the type of its data. */
export function sentEvent(event: { readonly type: string; readonly [member: string]: unknown }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
