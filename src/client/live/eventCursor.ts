import type { BridgeEvent } from "../wireTypes.ts";

/** A position in the sequence of events: the last `eventId`, and the epoch in which it is valid. */
export interface EventPosition {
  readonly since?: number | undefined;
  readonly epoch?: string | undefined;
}

/** The number of windows that are remembered. Each restart of a bridge gives its window another ID. */
const MAX_WINDOWS = 1000;

/**
 * Follows the sequence of events over any number of connections, so that each event is handled once, also when another
 * window takes over the address and sends everything that the remaining windows still have
 * (docs/wire-contract.md#52-cursor).
 */
export class EventCursor {
  #position: { readonly since?: number; readonly epoch?: string };
  /** The highest `windowEventId` of each window, the one that was seen last at the end. */
  readonly #highest = new Map<string, number>();
  /** The first position, if the caller wants no earlier events. Within its epoch, none of them is sent. */
  #start: { readonly epoch: string; readonly now: string } | undefined;

  /** @param start the position from which the caller wants events; none for those from now on */
  constructor({ since, epoch }: EventPosition = {}) {
    this.#position = { ...(since !== undefined && { since }), ...(epoch !== undefined && { epoch }) };
  }

  /** The position with which the next connection subscribes. */
  get position(): { readonly since?: number; readonly epoch?: string } {
    return this.#position;
  }

  /**
   * Takes the position at which the bridge begins: of the reply to `subscribe`, or the `id` of `connection-ready`.
   * @param now the time of the bridge, if the caller wants the events from now on: when another window takes over the
   * address and sends everything that is kept, the events before it are skipped
   */
  begin({ since, epoch }: { readonly since: number; readonly epoch: string }, now?: string): void {
    if (this.#position.since === undefined && now !== undefined) this.#start = { epoch, now };
    this.#position = { since, epoch };
  }

  /** Skips to an event that the bridge has covered, whether or not it was sent. */
  skipTo(eventId: number): void {
    this.#position = { ...this.#position, since: eventId };
  }

  /**
   * Returns the event if it is to be handled, or undefined if it was seen before. Of an `events-lost`, returns the part
   * that was not seen before the loss.
   */
  accept(event: BridgeEvent): BridgeEvent | undefined {
    if (event.type === "connection-ready") return event;
    if (event.eventId <= (this.#position.since ?? 0)) return undefined;
    this.skipTo(event.eventId);
    if (event.type === "events-lost") return this.#acceptLost(event);
    const { windowId, windowEventId } = event;
    if (windowEventId === undefined) return event;
    if (windowEventId <= this.#highestOf(windowId)) return undefined;
    this.#remember(windowId, windowEventId);
    return this.#isEarlier(event) ? undefined : event;
  }

  #isEarlier({ timestamp }: BridgeEvent): boolean {
    return this.#start !== undefined && this.#start.epoch !== this.#position.epoch && timestamp < this.#start.now;
  }

  #acceptLost(event: Extract<BridgeEvent, { type: "events-lost" }>): BridgeEvent | undefined {
    const { lostWindowId, lostFrom = 1, lostTo } = event;
    // A report without a window is of the sequence itself: what it covers is unknown.
    if (lostWindowId === undefined || lostTo === undefined) return event;
    const highest = this.#highestOf(lostWindowId);
    if (lostTo <= highest) return undefined;
    this.#remember(lostWindowId, lostTo);
    return { ...event, lostFrom: Math.max(lostFrom, highest + 1) };
  }

  #highestOf(windowId: string): number {
    return this.#highest.get(windowId) ?? 0;
  }

  #remember(windowId: string, windowEventId: number): void {
    this.#highest.delete(windowId);
    this.#highest.set(windowId, windowEventId);
    if (this.#highest.size <= MAX_WINDOWS) return;
    for (const [oldest] of this.#highest) {
      this.#highest.delete(oldest);
      return;
    }
  }
}
