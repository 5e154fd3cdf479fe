import { KiroBridgeError } from "../errors.ts";
import type { Calls } from "../http/calls.ts";
import { objectOf } from "../http/failure.ts";
import { hasShape } from "../http/readBody.ts";
import { EventCursor } from "../live/eventCursor.ts";
import type { CallOptions } from "../options.ts";
import type { BridgeEvent, EventType } from "../wireTypes.ts";
import { Backoff } from "./backoff.ts";
import { EventStream } from "./eventStream.ts";
import { type Following, follow } from "./follow.ts";
import type { SseMessage } from "./sseParser.ts";

/** The events of a stream. `connection-ready` and `events-lost` are in each one. */
export interface EventFilter {
  readonly types?: readonly EventType[] | undefined;
  readonly executionId?: string | undefined;
  /** The last `eventId` that was received, to go on after it; by default, events from now on. */
  readonly since?: number | undefined;
  /** The epoch of `since`. */
  readonly epoch?: string | undefined;
  /** In place of the token, for the first connection only. */
  readonly ticket?: string | undefined;
}

export interface EventOptions extends CallOptions {
  /**
   * The stream fails when the bridge was reached once and then is away for so long, in milliseconds. By default it never
   * does.
   */
  readonly maxOfflineMs?: number | undefined;
}

/** Opens the events of all windows, over reconnects, restarts and failovers: none twice, none lost in silence. */
export function bridgeEvents(calls: Calls, filter: EventFilter, options: EventOptions): EventStream {
  const scope = calls.lifetime.scope(options.signal);
  const { maxOfflineMs = Number.POSITIVE_INFINITY } = options;
  const backoff = new Backoff({ signal: scope.signal, maxOfflineMs });
  const events = new AllEvents({ calls, backoff, signal: scope.signal }, filter, options);
  return new EventStream(scope, follow(events), () => calls.lifetime.isOver);
}

interface AllEventsDeps {
  readonly calls: Calls;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
}

class AllEvents implements Following<BridgeEvent> {
  readonly signal: AbortSignal;
  readonly backoff: Backoff;
  readonly #calls: Calls;
  readonly #filter: EventFilter;
  readonly #options: CallOptions;
  readonly #cursor: EventCursor;
  #ticket: string | undefined;

  constructor({ calls, backoff, signal }: AllEventsDeps, filter: EventFilter, options: CallOptions) {
    this.#calls = calls;
    this.backoff = backoff;
    this.signal = signal;
    this.#filter = filter;
    this.#options = options;
    this.#cursor = new EventCursor(filter);
    this.#ticket = filter.ticket;
  }

  async open(): Promise<Response> {
    const { types, executionId } = this.#filter;
    const { timeoutMs, priority } = this.#options;
    const query = { ...this.#cursor.position, types: types?.join(","), executionId, ticket: this.#ticket };
    const response = await this.#calls.stream({
      method: "GET",
      path: "/api/kiro/events",
      query,
      signal: this.signal,
      priority,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    this.#ticket = undefined;
    return response;
  }

  take({ id, data }: SseMessage): BridgeEvent | undefined {
    const event = eventOf(data);
    if (event.type === "connection-ready") {
      const colon = id.lastIndexOf(":");
      this.#cursor.begin({ since: Number(id.slice(colon + 1)), epoch: id.slice(0, colon) }, event.timestamp);
      return event;
    }
    this.backoff.reset();
    return this.#cursor.accept(event);
  }

  isComplete(): boolean {
    return false;
  }
}

/** Returns the event in the data of a message. @throws KiroBridgeError if there is none */
export function eventOf(data: string): BridgeEvent {
  const event = objectOf(data);
  if (isBridgeEvent(event)) return event;
  throw new KiroBridgeError("INVALID_RESPONSE", "The stream is not one of Kiro Bridge.");
}

/** Returns true for an object that has the members of every event. */
export function isBridgeEvent(value: object | undefined): value is BridgeEvent {
  return hasShape<BridgeEvent>(value, { type: "string", eventId: "number", timestamp: "string" });
}
