import type { ExecutionRecord } from "../protocol/executions.ts";
import type { RunExport } from "../protocol/runExport.ts";

/** A run in a list of an archive. */
export interface ListedRun {
  readonly executionId: string;
  readonly day: string;
  /** In milliseconds of the Unix epoch, as its ID says. */
  readonly queuedAt: number | undefined;
  /** In bytes, as stored. */
  readonly size: number | undefined;
}

/** Run in an archive, in a few words. */
export type RunHead = Pick<ExecutionRecord, "command" | "status">;

/**
 * Reads the runs that an archive has. All methods throw an error whose message is for people and contains no secret, or the
 * signal's reason; each has a deadline of its own.
 */
export interface RunArchive {
  /** Returns the days that have runs, in UTC as `2026-11-27`, newest first. */
  days(signal: AbortSignal): Promise<readonly string[]>;
  /** Returns the runs of a day, newest first. */
  runs(day: string, signal: AbortSignal): Promise<readonly ListedRun[]>;
  /**
   * Returns the heads of runs by their IDs: of those that are small, and can be read within seconds. A failure ends it early.
   * @throws the signal's reason alone
   */
  heads(runs: readonly ListedRun[], signal: AbortSignal): Promise<ReadonlyMap<string, RunHead>>;
  /** Returns a run; undefined if the archive has none with this ID. @param day default: that of the ID */
  read(executionId: string, signal: AbortSignal, day?: string): Promise<RunExport | undefined>;
}

/** An archive among the destinations of a window. */
export interface NamedArchive {
  readonly name: string;
  readonly kind: string;
  readonly archive: RunArchive;
}
