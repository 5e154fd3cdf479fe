import type { Disposable } from "../base/disposables.ts";
import type { Principal } from "../core/access/principal.ts";
import { maySeeAllEvents, visibleEvent } from "../core/access/visibleEvent.ts";
import type { EventLog } from "../core/events/eventLog.ts";
import type { EventRange, EventSource } from "../core/events/eventSource.ts";
import type { BridgeEvent } from "../protocol/events.ts";

/** A sequence of events that a client can subscribe to. */
export type Subscribable = EventSource & Pick<EventLog, "epoch" | "positionOf">;

/** Returns the events that a principal may see: the log itself, without any filter, if these are all. */
export function eventsFor(log: EventLog, principal: Principal): Subscribable {
  return maySeeAllEvents(principal) ? log : new VisibleEvents(log, principal);
}

/**
 * The part of the sequence that a principal may see. Other events do not exist in it: their loss is not reported, although
 * their IDs are missing.
 */
class VisibleEvents implements Subscribable {
  readonly #log: EventLog;
  readonly #principal: Principal;
  readonly windowId: string;

  constructor(log: EventLog, principal: Principal) {
    this.#log = log;
    this.#principal = principal;
    this.windowId = log.windowId;
  }

  get epoch(): string {
    return this.#log.epoch;
  }

  get lastId(): number {
    return this.#log.lastId;
  }

  positionOf(cursor: Parameters<EventLog["positionOf"]>[0]): number {
    return this.#log.positionOf(cursor);
  }

  lengthOf(event: BridgeEvent): number {
    return this.#log.lengthOf(event);
  }

  *since(after: number, wants: (event: BridgeEvent) => boolean): Generator<BridgeEvent> {
    const wanted = this.#log.since(after, (event) => {
      const visible = this.#visible(event);
      return visible !== undefined && wants(visible);
    });
    for (const event of wanted) yield this.#visible(event) ?? event;
  }

  /** Returns the lost range only if it had events that the principal may see. */
  lostSince(after: number): EventRange | undefined {
    const { id, scopes } = this.#principal;
    return scopes.has("events:read") || this.#log.lastLostOf(id) > after ? this.#log.lostSince(after) : undefined;
  }

  onDidAppend(listener: (event: BridgeEvent) => void): Disposable {
    return this.#log.onDidAppend((event) => {
      const visible = this.#visible(event);
      if (visible !== undefined) listener(visible);
    });
  }

  #visible(event: BridgeEvent): BridgeEvent | undefined {
    return visibleEvent(event, this.#principal);
  }
}
