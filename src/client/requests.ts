import type { CallOptions } from "./options.ts";
import type { Json } from "./wire.ts";

/** The window that a request is for (docs/wire-contract.md#49-windows). */
export interface Place {
  readonly windowId?: string | undefined;
  /** Absolute path of a folder that is open in a window, or of a file or folder inside it. */
  readonly workspacePath?: string | undefined;
}

interface ExecuteFields extends Place {
  /** The ID of an editor command or a `kiro.cli.*` command, or the prompt itself if the target is `cli`. */
  readonly command: string;
  readonly target?: "auto" | "editor" | "cli" | (string & {}) | undefined;
  /** Maximum duration in the editor, including the time in the queue. Beyond it, the execution fails. */
  readonly timeoutMs?: number | undefined;
  /** Kiro CLI session: default, fresh, any name, or the ID of a session. */
  readonly session?: string | undefined;
}

interface WithArgs {
  /** Arguments as strings. */
  readonly args?: readonly string[] | undefined;
  readonly params?: undefined;
}

interface WithParams {
  /** Typed arguments, instead of `args` (docs/wire-contract.md#45-values). */
  readonly params: readonly Json[];
  readonly args?: undefined;
}

/** A command with either `args` or `params` (docs/wire-contract.md#41-execute). */
export type ExecuteCommandRequest = ExecuteFields & (WithArgs | WithParams);

/** Options of one execution. */
export interface ExecuteOptions extends CallOptions {
  /** Resolve at once with the `executionId`, and let events or `executions.wait` report the end. */
  readonly respondAsync?: boolean | undefined;
}
