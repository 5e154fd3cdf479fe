import { randomUUID } from "node:crypto";
import { Emitter, type Event } from "../../base/events.ts";
import { isoTime } from "../../base/isoTime.ts";
import type { BridgeEvent, EventPayload } from "../../protocol/events.ts";
import { lengthOf } from "./eventWeights.ts";
import { EventRing, type EventRingLimits } from "./eventRing.ts";
import { MAX_KEPT_OUTPUT } from "../executions/keptOutput.ts";

/** Room for two outputs of maximum length and the events around them. */
export const defaultEventLimits: EventRingLimits = { maxEvents: 10_000, maxLength: 2 * MAX_KEPT_OUTPUT };

/** The position of a reader: its last event, and the epoch of that event. */
export interface Cursor {
  readonly since?: number | undefined;
  readonly epoch?: string | undefined;
}

/** Events in order, oldest first, and the range that was evicted. */
export interface EventSpan {
  readonly events: readonly BridgeEvent[];
  readonly lost?: { readonly from: number; readonly to: number };
}

/**
 * The single sequence of events (docs/wire-contract.md#51-one-sequence). `eventId` starts at 1 and strictly increases.
 * A ring buffer: evicts the oldest events above 10,000 events or 16 Mi characters, but never the newest. Readers learn
 * what they missed. Large outputs are stored outside the heap (`TextArena`); other text is shared with the executions
 * and counted in both, since either may be the last to hold it. After a restart of the bridge, `eventId` starts again
 * in a new `epoch`.
 */
export class EventLog {
  /** Identifies the sequence; new after each restart. */
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

  /** ID of the newest event, or 0. */
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

  /**
   * Returns the length of an event's text in characters. Cached, because it may have a million arguments and a hundred
   * readers.
   */
  lengthOf(event: BridgeEvent): number {
    if (this.#measured?.event !== event) this.#measured = { event, length: lengthOf(event) };
    return this.#measured.length;
  }

  /**
   * Returns the event after which a reader continues: the newest by default. For a cursor of another epoch, or one in
   * the future, which must be from another epoch, all events are new.
   */
  positionOf({ since, epoch }: Cursor): number {
    if (since === undefined) return this.#lastId;
    const isOurs = (epoch === undefined || epoch === this.epoch) && since <= this.#lastId;
    return isOurs ? since : 0;
  }

  /** Reads the events after `after` (0: all). An ID in the future counts as the newest. @param wants see `since` */
  read(after: number, wants: (event: BridgeEvent) => boolean = () => true): EventSpan {
    const lost = this.lostSince(after);
    return { events: [...this.since(after, wants)], ...(lost !== undefined && { lost }) };
  }

  /**
   * Iterates lazily over the available events after `after`, which avoids creating events that are filtered out.
   * Iterate synchronously.
   * @param wants receives events without outputs of 1 KiB or more
   */
  since(after: number, wants: (event: BridgeEvent) => boolean): Iterable<BridgeEvent> {
    return this.#ring.from(after + 1, wants);
  }

  /** Returns the range of events after `after` that were evicted. */
  lostSince(after: number): EventSpan["lost"] {
    const from = Math.min(after, this.#lastId) + 1;
    return from < this.#ring.firstId ? { from, to: this.#ring.firstId - 1 } : undefined;
  }

  /** Returns the ID of the newest evicted event of a principal other than the owner, or 0. */
  lastLostOf(principalId: string): number {
    return this.#ring.lastEvictedOf(principalId);
  }

  dispose(): void {
    this.#appended.dispose();
  }
}
