import type { ReportLines } from "./reportLines.ts";

/** One run of the in-host tests, whatever editor it happens in. Paths are absolute. */
export interface HostRun {
  /** The extension under development: our own source folder, or the driver when the packed extension is tested. */
  readonly developed: string;
  /** The packed extension to install first; none in the development form. */
  readonly vsix?: string;
  /** The module whose `run()` is called inside the host. */
  readonly tests: string;
  /** Where the host's console goes. */
  readonly lines: ReportLines;
  readonly deadlineMs: number;
}
