import { randomUUID } from "node:crypto";
import { Emitter, type Event } from "../base/events.ts";
import { isoTime } from "../base/isoTime.ts";
import type { BridgeEvent, EventPayload } from "../protocol/events.ts";
import { EventWeights } from "./eventWeights.ts";
import { MAX_KEPT_OUTPUT } from "./keptOutput.ts";

export interface EventLogLimits {
  /** How many events stay readable. */
  readonly maxEvents: number;
  /** How much text they may hold together, in characters; see `EventWeights`. */
  readonly maxLength: number;
}

/** Two of the longest outputs that an execution keeps, with what happens around them. */
const defaultLimits: EventLogLimits = { maxEvents: 10_000, maxLength: 2 * MAX_KEPT_OUTPUT };

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
 * The one sequence of events (wire contract §5). `eventId` starts at 1 and strictly increases.
 * A ring: the oldest events leave when there are more than 10,000, or more than 16 Mi characters in them; the newest
 * always stays. A reader is told what it missed. Text is shared with the executions, and counted in both places, since
 * either may be the last to hold it.
 * A restarted bridge counts anew, in a new `epoch`.
 */
export class EventLog {
  /** Names this life of the log. */
  readonly epoch: string = randomUUID();
  readonly windowId: string;
  readonly #limits: EventLogLimits;
  readonly #appended: Emitter<BridgeEvent>;
  readonly onDidAppend: Event<BridgeEvent>;
  /** Places before `#start` are empty: their events have left. */
  #events: (BridgeEvent | undefined)[] = [];
  #firstId = 1;
  #start = 0;
  readonly #weights = new EventWeights();
  #lastId = 0;

  constructor(windowId: string, limits: EventLogLimits = defaultLimits, onListenerError?: (error: unknown) => void) {
    this.windowId = windowId;
    this.#limits = limits;
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
    this.#events.push(event);
    this.#weights.add(event);
    this.#trim();
    this.#appended.fire(event);
    return event;
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

  /** Reads what came after the event `after` (0: everything). An id of the future counts as the newest. */
  read(after: number): EventSpan {
    const from = Math.min(after, this.#lastId) + 1;
    const events = this.#events
      .slice(this.#start + Math.max(0, from - this.#firstId))
      .filter((event) => event !== undefined);
    return from < this.#firstId ? { events, lost: { from, to: this.#firstId - 1 } } : { events };
  }

  dispose(): void {
    this.#appended.dispose();
  }

  #trim(): void {
    const { maxEvents, maxLength } = this.#limits;
    while (this.#count() > maxEvents || (this.#weights.total > maxLength && this.#count() > 1)) {
      const oldest = this.#events[this.#start];
      if (oldest === undefined) break;
      this.#weights.remove(oldest);
      this.#events[this.#start++] = undefined;
      this.#firstId++;
    }
    if (this.#start > this.#count()) {
      this.#events = this.#events.slice(this.#start);
      this.#start = 0;
    }
  }

  #count(): number {
    return this.#events.length - this.#start;
  }
}
