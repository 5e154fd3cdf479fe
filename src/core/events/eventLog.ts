import { randomUUID } from "node:crypto";
import { Emitter, type Event } from "../../base/events.ts";
import { isoTime } from "../../base/isoTime.ts";
import type { BridgeEvent, EventPayload } from "../../protocol/events.ts";
import { lengthOf } from "./eventWeights.ts";
import { EventRing, type EventRingLimits } from "./eventRing.ts";
import { MAX_KEPT_OUTPUT } from "../executions/keptOutput.ts";

/** Two of the longest outputs that an execution keeps, with what happens around them. */
export const defaultEventLimits: EventRingLimits = { maxEvents: 10_000, maxLength: 2 * MAX_KEPT_OUTPUT };

/** Where a reader was: the last event it has, and the epoch in which that event was counted. */
export interface Cursor {
  readonly since?: number | undefined;
  readonly epoch?: string | undefined;
}

/** What a reader gets: events oldest first, and the span that the log no longer has. */
export interface EventSpan {
  readonly events: readonly BridgeEvent[];
  readonly lost?: { readonly from: number; readonly to: number };
}

/**
 * The one sequence of events (docs/wire-contract.md#51-one-sequence). `eventId` starts at 1 and strictly increases.
 * A ring: the oldest events leave when there are more than 10,000, or more than 16 Mi characters in them; the newest
 * always stays. A reader is told what it missed. Large outputs lie outside the heap (`TextArena`); other text is shared
 * with the executions, and counted in both places, since either may be the last to hold it.
 * A restarted bridge counts from one, in a new `epoch`.
 */
export class EventLog {
  /** Names this life of the log. */
  readonly epoch: string = randomUUID();
  readonly windowId: string;
  readonly #ring: EventRing;
  readonly #appended: Emitter<BridgeEvent>;
  readonly onDidAppend: Event<BridgeEvent>;
  #lastId = 0;
  #measured: { readonly event: BridgeEvent; readonly length: number } | undefined;

  constructor(
    windowId: string,
    limits: EventRingLimits = defaultEventLimits,
    onListenerError?: (error: unknown) => void,
  ) {
    this.windowId = windowId;
    this.#ring = new EventRing(limits);
    this.#appended = new Emitter(onListenerError);
    this.onDidAppend = this.#appended.event;
  }

  /** The id of the newest event; 0 before the first. */
  get lastId(): number {
    return this.#lastId;
  }

  append(payload: EventPayload): BridgeEvent {
    const event: BridgeEvent = {
      ...payload,
      eventId: ++this.#lastId,
      timestamp: isoTime(Date.now()),
      windowId: this.windowId,
    };
    this.#ring.push(event);
    this.#appended.fire(event);
    return event;
  }

  /** All text of an event, in characters: measured once, since it may have a million arguments and a hundred readers. */
  lengthOf(event: BridgeEvent): number {
    if (this.#measured?.event !== event) this.#measured = { event, length: lengthOf(event) };
    return this.#measured.length;
  }

  /**
   * Behind which event a reader goes on: behind the newest when it has none. To a reader of another epoch all events
   * are new; so they are to one that has an id which is still to come, for it can only be of another epoch.
   */
  positionOf({ since, epoch }: Cursor): number {
    if (since === undefined) return this.#lastId;
    const isOurs = (epoch === undefined || epoch === this.epoch) && since <= this.#lastId;
    return isOurs ? since : 0;
  }

  /**
   * Reads what came after the event `after` (0: everything). An id of the future counts as the newest.
   * @param wants see `since`
   */
  read(after: number, wants: (event: BridgeEvent) => boolean = () => true): EventSpan {
    const lost = this.lostSince(after);
    return { events: [...this.since(after, wants)], ...(lost !== undefined && { lost }) };
  }

  /**
   * Goes through what came after the event `after`, as far as it is still there: spares making what nobody takes. Go
   * through it at once.
   * @param wants does not get to see outputs of 1 KiB and more
   */
  since(after: number, wants: (event: BridgeEvent) => boolean): Iterable<BridgeEvent> {
    return this.#ring.from(after + 1, wants);
  }

  /** The events behind `after` that are no longer there. */
  lostSince(after: number): EventSpan["lost"] {
    const from = Math.min(after, this.#lastId) + 1;
    return from < this.#ring.firstId ? { from, to: this.#ring.firstId - 1 } : undefined;
  }

  dispose(): void {
    this.#appended.dispose();
  }
}
