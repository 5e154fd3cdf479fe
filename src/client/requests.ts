import type { CallOptions } from "./options.ts";

/** The window that a request is for (docs/wire-contract.md#49-windows). */
export interface Place {
  readonly windowId?: string | undefined;
  /** Absolute path of a folder that is open in a window, or of a file or folder inside it. */
  readonly workspacePath?: string | undefined;
}

/** Options of what runs something. */
export interface TraceOptions {
  /**
   * The position of the program in a trace, as `traceparent` of W3C Trace Context. It is in the execution and its events, and
   * exports continue the trace. One that is not valid is ignored.
   */
  readonly traceparent?: string | undefined;
}

/** Options of one execution. */
export interface ExecuteOptions extends CallOptions, TraceOptions {
  /** Resolve at once with the `executionId`, and let events or `executions.wait` report the end. */
  readonly respondAsync?: boolean | undefined;
}

/** The commands to list. */
export interface CommandQuery extends Place {
  /** Words that the ID or the title has. */
  readonly query?: string | undefined;
  /** Maximum number, 1 to 10,000; by default 500. */
  readonly limit?: number | undefined;
}
