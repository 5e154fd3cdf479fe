import type { BridgeEvent } from "../../protocol/events.ts";
import { EventWeights } from "./eventWeights.ts";
import { TextArena, type TextPlace } from "./textArena.ts";

export interface EventRingLimits {
  /** How many events stay readable. */
  readonly maxEvents: number;
  /** How much text they may hold together, in characters; see `EventWeights`. */
  readonly maxLength: number;
}

type OutputEvent = Extract<BridgeEvent, { type: "command-output" }>;

/** An event whose output lies in the arena. */
interface Shelved {
  /** Without its output. */
  readonly event: OutputEvent;
  readonly outputLength: number;
  readonly place: TextPlace;
}

/** Shorter outputs stay with their events, in characters. */
const MIN_SHELVED = 1024;

/** The latest events, oldest first. The oldest leave when there are too many or too much text; the newest always stays. */
export class EventRing {
  readonly #limits: EventRingLimits;
  readonly #weights = new EventWeights();
  readonly #texts: TextArena;
  /** Places before `#start` are empty: their events have left. */
  #events: (BridgeEvent | Shelved | undefined)[] = [];
  #start = 0;
  #firstId = 1;

  constructor(limits: EventRingLimits) {
    this.#limits = limits;
    this.#texts = new TextArena(limits.maxLength);
  }

  /** The id of the oldest event that is kept, or of the next one when there is none. */
  get firstId(): number {
    return this.#firstId;
  }

  /** @param event its id follows that of the last one */
  push(event: BridgeEvent): void {
    this.#weights.add(event);
    // Before the list is named: to make room may replace it.
    const kept = this.#shelve(event);
    this.#events.push(kept);
    const { maxEvents, maxLength } = this.#limits;
    while (this.#count > maxEvents || (this.#weights.total > maxLength && this.#count > 1)) this.#evictOldest();
  }

  /**
   * Reads from an event on. Go through it at once: what leaves meanwhile is not there.
   * @param wants does not get to see outputs of 1 KiB and more
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
