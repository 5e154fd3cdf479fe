import { owner } from "../access/principal.ts";
import type { BridgeEvent } from "../../protocol/events.ts";

/** Maximum number of principals to remember. */
const MAX_PRINCIPALS = 1000;

/**
 * The newest evicted event of each principal, so that a reader that may only see its own events is told of the loss of
 * these, and of no others. The owner may see all events and is not counted.
 */
export class EvictedIds {
  readonly #windowId: string;
  /** Least recently evicted first. */
  readonly #ids = new Map<string, number>();
  /** The newest ID that was forgotten. */
  #forgotten = 0;
  #own = 0;

  /** @param windowId the window of the log */
  constructor(windowId: string) {
    this.#windowId = windowId;
  }

  /** The `windowEventId` of the newest one of this window, or 0. */
  get lastOwn(): number {
    return this.#own;
  }

  add(event: BridgeEvent): void {
    if (event.windowEventId !== undefined && event.windowId === this.#windowId) this.#own = event.windowEventId;
    const principalId = "principalId" in event ? event.principalId : undefined;
    if (principalId === undefined || principalId === owner.id) return;
    this.#ids.delete(principalId);
    this.#ids.set(principalId, event.eventId);
    const [oldest] = this.#ids;
    if (this.#ids.size <= MAX_PRINCIPALS || oldest === undefined) return;
    this.#ids.delete(oldest[0]);
    this.#forgotten = oldest[1];
  }

  /** Returns the ID, or one that may be too high for a principal that was forgotten. */
  last(principalId: string): number {
    return this.#ids.get(principalId) ?? this.#forgotten;
  }
}
