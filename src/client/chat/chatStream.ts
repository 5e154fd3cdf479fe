import { KiroBridgeError } from "../errors.ts";
import type { Backoff } from "../events/backoff.ts";
import type { Following } from "../events/follow.ts";
import type { SseMessage } from "../events/sseParser.ts";
import type { Calls } from "../http/calls.ts";
import { failureOfBody, objectOf } from "../http/failure.ts";
import { hasShape } from "../http/readBody.ts";
import type { WireRequest } from "../http/send.ts";
import type { ChatResponse, ChatStreamPayloads } from "../wireTypes.ts";

type ChatEventType = Exclude<keyof ChatStreamPayloads, "error">;

/**
 * A step of a turn (docs/wire-contract.md#62-streamed-chat). `done` is the last one, with the complete answer; a turn that
 * fails ends with an error instead.
 */
export type ChatEvent = { [T in ChatEventType]: { readonly type: T } & ChatStreamPayloads[T] }[ChatEventType];

const eventTypes: ReadonlySet<string> = new Set<ChatEventType>([
  "queued",
  "started",
  "delta",
  "notice",
  "retract",
  "question",
  "input-accepted",
  "input-expired",
  "tool",
  "events-lost",
  "done",
]);

type TurnEnd = { readonly kind: "done" } | { readonly kind: "failed"; readonly error: KiroBridgeError };

export interface ChatStreamDeps {
  readonly calls: Calls;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
}

/**
 * The stream of one turn. A repeated request with the same Idempotency-Key starts with the first event that is kept; those
 * that were seen are skipped.
 */
export class ChatStream implements Following<ChatEvent> {
  readonly signal: AbortSignal;
  readonly backoff: Backoff;
  readonly #calls: Calls;
  readonly #request: WireRequest;
  #lastId = 0;
  #end: TurnEnd | undefined;

  constructor({ calls, backoff, signal }: ChatStreamDeps, request: WireRequest) {
    this.#calls = calls;
    this.backoff = backoff;
    this.signal = signal;
    this.#request = { ...request, signal };
  }

  /** The end of the turn, as far as the stream has reported it. */
  get end(): TurnEnd | undefined {
    return this.#end;
  }

  open(): Promise<Response> {
    return this.#calls.stream(this.#request);
  }

  take({ id, event, data }: SseMessage): ChatEvent | undefined {
    const payload = objectOf(data);
    if (payload === undefined) throw new KiroBridgeError("INVALID_RESPONSE", "The stream is not one of Kiro Bridge.");
    if (event === "error") {
      this.#end = { kind: "failed", error: failureOfBody(payload) };
      return undefined;
    }
    const step = { ...payload, type: event };
    // Later versions may have further events.
    if (!isChatEvent(step)) return undefined;
    if (step.type === "done") {
      this.#end = { kind: "done" };
      return step;
    }
    const eventId = Number(id);
    if (eventId <= this.#lastId) return undefined;
    this.#lastId = eventId;
    this.backoff.reset();
    return step;
  }

  isComplete(): boolean {
    return this.#end !== undefined;
  }
}

function isChatEvent(step: { readonly type: string }): step is ChatEvent {
  return eventTypes.has(step.type) && (step.type !== "done" || hasShape<ChatResponse>(step, { message: "string" }));
}
