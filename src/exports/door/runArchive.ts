import type { RunExport } from "../../protocol/runExport.ts";

/** A run in a list of an archive. */
interface ListedRun {
  readonly executionId: string;
  readonly day: string;
  /** In bytes, as stored. */
  readonly size: number | undefined;
}

/** Reads the runs that an archive has. All methods throw an error whose message is for people, or the signal's reason. */
export interface RunArchive {
  /** Returns the days that have runs, in UTC as `2026-11-27`, newest first. */
  days(signal: AbortSignal): Promise<readonly string[]>;
  /** Returns the runs of a day, newest first. */
  runs(day: string, signal: AbortSignal): Promise<readonly ListedRun[]>;
  /** Returns a run; undefined if the archive has none with this ID. @param day default: that of the ID */
  read(executionId: string, signal: AbortSignal, day?: string): Promise<RunExport | undefined>;
}
