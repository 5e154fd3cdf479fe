import type { BridgeError } from "../../../protocol/errors.ts";
import type { Renderer } from "../../turns/renderer.ts";
import type { Piece, StopReason, TurnResponse, Usage } from "../../turns/turn.ts";
import { type ResponseBody, responseBody, type ResponseEcho, type ResponseState } from "./responseBody.ts";
import { type ResponseEvent, ResponseOutput } from "./responseOutput.ts";
import type { ResponseTools } from "./responseTools.ts";

export interface ResponseRendererOptions {
  readonly echo: ResponseEcho;
  readonly tools: Pick<ResponseTools, "nameOf">;
  /** True to tell the client the key of the session. */
  readonly hasKey: boolean;
  /** Called when a stream begins, and when the response has ended. */
  readonly onUpdate?: (body: ResponseBody, response: TurnResponse) => void;
}

/** A response that has begun. */
interface Begun {
  readonly response: TurnResponse;
  readonly output: ResponseOutput;
}

/** Writes a response as events, of which the last one has all of it. */
export class ResponseRenderer implements Renderer {
  readonly requestIdHeader = "x-request-id";
  readonly ping = "";
  readonly #options: ResponseRendererOptions;
  #begun: Begun | undefined;
  #state: ResponseState = { status: "in_progress" };
  #sequenceNumber = 0;

  constructor(options: ResponseRendererOptions) {
    this.#options = options;
  }

  start(response: TurnResponse): string {
    const begun = this.#begin(response);
    const body = this.#told(begun);
    return this.#textOf([
      { type: "response.created", response: body },
      { type: "response.in_progress", response: body },
      ...(this.#options.hasKey ? begun.output.addKey(response.key) : []),
    ]);
  }

  piece(piece: Piece): string {
    return this.#begun === undefined ? "" : this.#textOf(this.#eventsOf(piece, this.#begun));
  }

  body(pieces: readonly Piece[], response: TurnResponse): ResponseBody {
    const begun = this.#begin(response);
    if (this.#options.hasKey) begun.output.addKey(response.key);
    for (const piece of pieces) this.#eventsOf(piece, begun);
    return this.#bodyOf(begun);
  }

  /** Says that the client has gone before the end. */
  cancel(): void {
    if (this.#begun === undefined || this.#state.status !== "in_progress") return;
    this.#begun.output.breakOff();
    this.#state = { status: "cancelled" };
    this.#told(this.#begun);
  }

  #begin(response: TurnResponse): Begun {
    const { tools } = this.#options;
    return (this.#begun = { response, output: new ResponseOutput(response.id, (call) => tools.nameOf(call)) });
  }

  #bodyOf({ response, output }: Begun): ResponseBody {
    return responseBody(response, [...output.items], this.#state, this.#options.echo);
  }

  #told(begun: Begun): ResponseBody {
    const body = this.#bodyOf(begun);
    this.#options.onUpdate?.(body, begun.response);
    return body;
  }

  #eventsOf(piece: Piece, begun: Begun): readonly ResponseEvent[] {
    const { output } = begun;
    switch (piece.type) {
      case "text":
        return output.addText(piece.text);
      case "activity":
        return output.addActivity(piece.text);
      case "calls":
        return output.addCalls(piece.calls);
      case "end":
        return this.#end(piece, begun);
      case "failed":
        output.breakOff();
        this.#state = { status: "failed", code: failureCodeOf(piece), message: piece.error.message };
        return [this.#last(begun)];
    }
  }

  #end({ stopReason, usage }: Extract<Piece, { type: "end" }>, begun: Begun): readonly ResponseEvent[] {
    const { output } = begun;
    const refusal = stopReason === "refusal" ? output.refuse() : [];
    this.#state = stateOf(stopReason, usage);
    const events = output.end(stopReason === "length" ? "incomplete" : "completed");
    return [...refusal, ...events, this.#last(begun)];
  }

  #last(begun: Begun): ResponseEvent {
    return { type: `response.${this.#state.status}`, response: this.#told(begun) };
  }

  #textOf(events: readonly ResponseEvent[]): string {
    return events
      .map(({ type, ...rest }) => this.#frame({ type, sequence_number: this.#sequenceNumber++, ...rest }))
      .join("");
  }

  #frame(event: ResponseEvent): string {
    return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  }
}

function stateOf(stopReason: StopReason, usage: Usage): ResponseState {
  if (stopReason === "length") return { status: "incomplete", usage, reason: "max_output_tokens" };
  return { status: "completed", usage };
}

/** Returns the code by which clients repeat the request only if that is safe; the message says what happened. */
function failureCodeOf({ error, hasBegun }: { readonly error: BridgeError; readonly hasBegun: boolean }): string {
  if (hasBegun || error.code === "VALIDATION_FAILED") return "invalid_prompt";
  return error.code === "RATE_LIMIT_EXCEEDED" ? "rate_limit_exceeded" : "server_error";
}
