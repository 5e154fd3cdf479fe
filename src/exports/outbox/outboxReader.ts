import type { Disposable } from "../../base/disposables.ts";
import type { Event } from "../../base/events.ts";
import type { ContentLevel, EventType, Fact } from "./fact.ts";

export interface ReaderOptions {
  /** Returns true for the facts that the reader gets. Called with the content of all readers. Its answer is the same each time. */
  readonly wants: (fact: Fact) => boolean;
  /** Returns false for types of events of which it wants none. */
  readonly wantsType?: ((type: EventType) => boolean) | undefined;
  /** The content of the facts that the reader gets. */
  readonly level: ContentLevel;
  /** True for summaries with `steps`. */
  readonly wantsSteps?: boolean | undefined;
  /** True if the end of a run makes its earlier facts superfluous: they may be left out when it has come already. */
  readonly wantsLatestOnly?: boolean | undefined;
}

/** Limits of one read. The first fact may be longer. */
export interface ReadLimits {
  readonly maxFacts: number;
  /** Length of the facts as JSON, in characters. */
  readonly maxLength: number;
}

/** The facts that a reader has not acknowledged yet. */
export interface Lag {
  readonly facts: number;
  /** Milliseconds of the Unix epoch, of about the oldest one; undefined if there is none. */
  readonly oldestAt: number | undefined;
}

/** The position of one destination in the outboxes of this window: its own, and those that it has adopted from dead ones. */
export interface OutboxReader extends Disposable {
  readonly name: string;
  readonly lag: Lag;
  /** Number of facts that were removed before they were acknowledged, since the first start with the current outboxes. */
  readonly dropped: number;
  /** Fires when there may be more to read. */
  readonly onDidAdd: Event<void>;
  /** Fires with the number of facts that were just dropped. */
  readonly onDidDrop: Event<number>;
  /**
   * Returns the next facts, which were not returned before: oldest first, those of one execution in order. They stay the
   * reader's until it acknowledges them; after a restart they are returned again. Empty if there are none.
   */
  next(limits: ReadLimits): Promise<readonly Fact[]>;
  /** Marks facts as delivered or refused, in any order. Written to the disk within a second. */
  ack(ids: readonly string[]): void;
  /** Stops reading for good: the destination is no longer in the settings. Without this, a reader of the same name goes on. */
  remove(): Promise<void>;
  /** Stops reading, and writes the position. */
  dispose(): Promise<void>;
}
