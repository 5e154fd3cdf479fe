import type { Event } from "../base/events.ts";
import type { DeadLetterList, DestinationRecord, DestinationTest } from "../protocol/exports/destinations.ts";
import type { NamedArchive } from "./runArchive.ts";

/** The destinations of a window, and the problems of their setting. */
export interface ExportOverview {
  /** In the order of the setting. */
  readonly destinations: readonly DestinationRecord[];
  /** Problems of the setting, in words. */
  readonly problems: readonly string[];
}

/** The destinations of exports of this window, for programs and dashboards. */
export interface ExportControl {
  /** From memory. */
  list(): ExportOverview;
  /** Fires when the state of a destination, or the list, has changed. */
  readonly onDidChange: Event<void>;
  /**
   * Sends one marked item. A failure is a result.
   * @throws BridgeError NOT_FOUND for an unknown name, CONFLICT for a destination that is off; the signal's reason
   */
  test(name: string, signal: AbortSignal): Promise<DestinationTest>;
  /** Lists the newest dead letters. @throws BridgeError NOT_FOUND */
  deadLetters(name: string, limit: number): Promise<DeadLetterList>;
  /** Sends the dead letters again. @returns their number @throws BridgeError NOT_FOUND, CONFLICT */
  replay(name: string): Promise<number>;
  /** Removes the dead letters. @returns their number @throws BridgeError NOT_FOUND */
  removeDeadLetters(name: string): Promise<number>;
  /** Returns the archives that are on, in the order of the setting. */
  archives(): readonly NamedArchive[];
}
