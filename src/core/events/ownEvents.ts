import type { Disposable } from "../../base/disposables.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import type { EventRing } from "./eventRing.ts";
import type { EventRange, EventSource } from "./eventSource.ts";

/**
 * The events of one window in a log that also has those of others, as a sequence of their own: `eventId` is
 * `windowEventId`.
 */
export class OwnEvents implements EventSource {
  readonly #log: EventSource;
  readonly #ring: EventRing;
  readonly #lastId: () => number;

  constructor(log: EventSource, ring: EventRing, lastId: () => number) {
    this.#log = log;
    this.#ring = ring;
    this.#lastId = lastId;
  }

  get windowId(): string {
    return this.#log.windowId;
  }

  get lastId(): number {
    return this.#lastId();
  }

  lengthOf(event: BridgeEvent): number {
    return this.#log.lengthOf(event);
  }

  *since(after: number, wants: (event: BridgeEvent) => boolean): Generator<BridgeEvent> {
    // No event has an `eventId` below its `windowEventId`.
    const wanted = this.#ring.from(after + 1, (event) => {
      const own = this.#own(event);
      return own !== undefined && own.eventId > after && wants(own);
    });
    for (const event of wanted) yield this.#own(event) ?? event;
  }

  lostSince(after: number): EventRange | undefined {
    const from = Math.min(after, this.lastId) + 1;
    const to = this.#ring.lastEvictedOwn;
    return from <= to ? { from, to } : undefined;
  }

  onDidAppend(listener: (event: BridgeEvent) => void): Disposable {
    return this.#log.onDidAppend((event) => {
      const own = this.#own(event);
      if (own !== undefined) listener(own);
    });
  }

  /** Returns the event itself while nothing was imported. */
  #own(event: BridgeEvent): BridgeEvent | undefined {
    const { windowEventId, eventId, windowId } = event;
    if (windowEventId === undefined || windowId !== this.windowId) return undefined;
    return windowEventId === eventId ? event : { ...event, eventId: windowEventId };
  }
}
