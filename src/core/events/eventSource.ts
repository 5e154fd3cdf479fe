import type { Event } from "../../base/events.ts";
import type { BridgeEvent } from "../../protocol/events.ts";

/** A range of events, by their IDs. */
export interface EventRange {
  readonly from: number;
  readonly to: number;
}

/** A sequence of events for readers. */
export interface EventSource {
  readonly windowId: string;
  /** ID of the newest event, or 0. */
  readonly lastId: number;
  readonly onDidAppend: Event<BridgeEvent>;
  /**
   * Iterates lazily over the available events after `after`, which avoids creating events that are filtered out.
   * Iterate synchronously.
   * @param wants receives events without outputs of 1 KiB or more
   */
  since(after: number, wants: (event: BridgeEvent) => boolean): Iterable<BridgeEvent>;
  /** Returns the range of events after `after` that were evicted. */
  lostSince(after: number): EventRange | undefined;
  /** Returns the length of an event's text in characters. */
  lengthOf(event: BridgeEvent): number;
}
