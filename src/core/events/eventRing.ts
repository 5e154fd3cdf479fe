import type { BridgeEvent } from "../../protocol/events.ts";
import { EvictedIds } from "./evictedIds.ts";
import { EventWeights } from "./eventWeights.ts";
import { TextArena, type TextPlace } from "./textArena.ts";

export interface EventRingLimits {
  /** Maximum number of events. */
  readonly maxEvents: number;
  /** Maximum length of their text in characters; see `EventWeights`. */
  readonly maxLength: number;
}

type OutputEvent = Extract<BridgeEvent, { type: "command-output" }>;

/** An event whose output is stored in the arena. */
interface Shelved {
  /** The event without its output. */
  readonly event: OutputEvent;
  readonly outputLength: number;
  readonly place: TextPlace;
}

/** Minimum length of outputs that are stored in the arena, in characters. */
const MIN_SHELVED = 1024;

/** A ring buffer of the latest events. Evicts the oldest ones above the limits, but never the newest. */
export class EventRing {
  readonly #limits: EventRingLimits;
  readonly #weights = new EventWeights();
  readonly #texts: TextArena;
  /** Entries before `#start` are empty, because their events were evicted. */
  #events: (BridgeEvent | Shelved | undefined)[] = [];
  #start = 0;
  #firstId = 1;
  readonly #evictedOf: EvictedIds;

  /** @param windowId the window of the log */
  constructor(limits: EventRingLimits, windowId: string) {
    this.#limits = limits;
    this.#evictedOf = new EvictedIds(windowId);
    this.#texts = new TextArena(limits.maxLength);
  }

  /** ID of the oldest event, or of the next one if the ring is empty. */
  get firstId(): number {
    return this.#firstId;
  }

  /** ID of the newest evicted event of a principal other than the owner, or 0. */
  lastEvictedOf(principalId: string): number {
    return this.#evictedOf.last(principalId);
  }

  /** The `windowEventId` of the newest evicted event of the log's window, or 0. */
  get lastEvictedOwn(): number {
    return this.#evictedOf.lastOwn;
  }

  /** @param event an event whose ID follows that of the last one */
  push(event: BridgeEvent): void {
    this.#weights.add(event);
    // Before `#events` is read, because eviction may replace it.
    const kept = this.#shelve(event);
    this.#events.push(kept);
    const { maxEvents, maxLength } = this.#limits;
    while (this.#count > maxEvents || (this.#weights.total > maxLength && this.#count > 1)) this.#evictOldest();
  }

  /**
   * Iterates from an event on. Iterate synchronously: events may be evicted.
   * @param wants receives events without outputs of 1 KiB or more
   */
  *from(eventId: number, wants: (event: BridgeEvent) => boolean): Generator<BridgeEvent> {
    for (let id = Math.max(eventId, this.#firstId); ; id++) {
      const kept = this.#events[this.#start + id - this.#firstId];
      if (kept === undefined) return;
      if (!isShelved(kept)) {
        if (wants(kept)) yield kept;
      } else if (wants(kept.event)) yield { ...kept.event, output: this.#texts.read(kept.place) };
    }
  }

  get #count(): number {
    return this.#events.length - this.#start;
  }

  #shelve(event: BridgeEvent): BridgeEvent | Shelved {
    if (event.type !== "command-output" || event.output.length < MIN_SHELVED) return event;
    const { output } = event;
    if (!this.#texts.accepts(output)) return event;
    const place = this.#texts.add(output, () => this.#evictOldest());
    return { event: { ...event, output: "" }, outputLength: output.length, place };
  }

  #evictOldest(): void {
    const oldest = this.#events[this.#start];
    this.#events[this.#start++] = undefined;
    this.#firstId++;
    if (this.#start > this.#count) {
      this.#events = this.#events.slice(this.#start);
      this.#start = 0;
    }
    if (oldest === undefined) return;
    this.#evictedOf.add(isShelved(oldest) ? oldest.event : oldest);
    if (!isShelved(oldest)) this.#weights.remove(oldest);
    else {
      this.#weights.remove(oldest.event, oldest.outputLength);
      this.#texts.release(oldest.place);
    }
  }
}

function isShelved(kept: BridgeEvent | Shelved): kept is Shelved {
  return "place" in kept;
}
