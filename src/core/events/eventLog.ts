import { randomUUID } from "node:crypto";
import { Emitter, type Event } from "../../base/events.ts";
import { isoTime } from "../../base/isoTime.ts";
import type { BridgeEvent, EventPayload } from "../../protocol/events.ts";
import { ImportedIds } from "./importedIds.ts";
import { lengthOf } from "./eventWeights.ts";
import { EventRing, type EventRingLimits } from "./eventRing.ts";
import type { EventRange, EventSource } from "./eventSource.ts";
import { OwnEvents } from "./ownEvents.ts";
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
  readonly lost?: EventRange;
}

/**
 * The single sequence of events (docs/wire-contract.md#51-one-sequence). `eventId` starts at 1 and strictly increases.
 * A ring buffer: evicts the oldest events above 10,000 events or 16 Mi characters, but never the newest. Readers learn
 * what they missed. Large outputs are stored outside the heap (`TextArena`); other text is shared with the executions
 * and counted in both, since either may be the last to hold it. After a restart of the bridge, `eventId` starts again
 * in a new `epoch`.
 *
 * The events of this window also have a sequence of their own, `windowEventId`, which starts at 1 and has no gaps. The
 * owner of the address imports the events of other windows, which keep their `windowId` and `windowEventId`.
 */
export class EventLog implements EventSource {
  readonly windowId: string;
  /** The events of this window alone, whose `eventId` is their `windowEventId`. */
  readonly own: EventSource;
  readonly #ring: EventRing;
  readonly #appended: Emitter<BridgeEvent>;
  readonly onDidAppend: Event<BridgeEvent>;
  readonly #imported = new ImportedIds();
  #epoch: string = randomUUID();
  /** The newest event of the epoch before. */
  #epochStart = 0;
  #lastId = 0;
  #lastOwnId = 0;
  #measured: { readonly event: BridgeEvent; readonly length: number } | undefined;

  constructor(
    windowId: string,
    limits: EventRingLimits = defaultEventLimits,
    onListenerError?: (error: unknown) => void,
  ) {
    this.windowId = windowId;
    this.#ring = new EventRing(limits, windowId);
    this.#appended = new Emitter(onListenerError);
    this.onDidAppend = this.#appended.event;
    this.own = new OwnEvents(this, this.#ring, () => this.#lastOwnId);
  }

  /** Identifies the sequence: new after each restart, and whenever this window becomes the owner of the address. */
  get epoch(): string {
    return this.#epoch;
  }

  /** ID of the newest event, or 0. */
  get lastId(): number {
    return this.#lastId;
  }

  append(payload: EventPayload): BridgeEvent {
    return this.#add({
      ...payload,
      eventId: ++this.#lastId,
      timestamp: isoTime(Date.now()),
      windowId: this.windowId,
      windowEventId: ++this.#lastOwnId,
    });
  }

  /**
   * Adds an event of another window, with the next `eventId`. If events of that window before it are missing, they are
   * reported as lost first.
   * @returns undefined for an event that was added before, or that claims to be of this window
   */
  import(event: BridgeEvent & { readonly windowEventId: number }): BridgeEvent | undefined {
    const { windowId, windowEventId } = event;
    this.importLost(windowId, this.lastImportedOf(windowId) + 1, windowEventId - 1);
    if (!this.#mayImport(windowId, windowEventId)) return undefined;
    this.#imported.set(windowId, windowEventId);
    return this.#add({ ...event, eventId: ++this.#lastId });
  }

  /**
   * Reports that events of another window are lost, as far as they were not added or reported before. The report is of
   * the merged sequence, and in none of a window.
   * @param from the `windowEventId` of the first one
   */
  importLost(windowId: string, from: number, to: number): BridgeEvent | undefined {
    if (!this.#mayImport(windowId, to)) return undefined;
    const lostFrom = Math.max(from, this.lastImportedOf(windowId) + 1);
    this.#imported.set(windowId, to);
    const eventId = ++this.#lastId;
    return this.#add({
      type: "events-lost",
      from: eventId,
      to: eventId,
      lostWindowId: windowId,
      lostFrom,
      lostTo: to,
      eventId,
      timestamp: isoTime(Date.now()),
      windowId: this.windowId,
    });
  }

  /** Returns the `windowEventId` of the newest event of another window that was added or reported as lost, or 0. */
  lastImportedOf(windowId: string): number {
    return this.#imported.last(windowId);
  }

  /**
   * Begins another epoch, because this window becomes the owner of the address. `eventId` goes on; readers with a cursor
   * of another epoch read everything that is kept.
   */
  beginEpoch(): void {
    this.#epoch = randomUUID();
    this.#epochStart = this.#lastId;
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
   * Returns the event after which a reader continues: the newest by default. For a cursor of another epoch, all events
   * are new; so they are for an ID before this epoch, or in the future, which must be from another one.
   */
  positionOf({ since, epoch }: Cursor): number {
    if (since === undefined) return this.#lastId;
    const isOfEpoch = epoch === undefined ? since >= this.#epochStart : epoch === this.#epoch;
    const isOurs = isOfEpoch && since <= this.#lastId;
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
  lostSince(after: number): EventRange | undefined {
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

  #mayImport(windowId: string, windowEventId: number): boolean {
    return windowId !== this.windowId && windowEventId > this.lastImportedOf(windowId);
  }

  #add(event: BridgeEvent): BridgeEvent {
    this.#ring.push(event);
    this.#appended.fire(event);
    return event;
  }
}
