import type { Disposable } from "../base/disposables.ts";
import type { Question, ToolCall } from "../core/ports.ts";

/** How we speak with the CLI: `kiro-cli acp`, `chat --no-interactive`, or a persistent text pipe. */
export type Transport = "acp" | "oneshot" | "pipe";

/** What one turn tells while it runs. Everything comes in order, and nothing comes after the turn has ended. */
export interface Turn {
  /** The prompt is about to be handed to the CLI: from here on its tools may have run. See `RunContext.began`. */
  began(): void;
  /** More of the answer: clean text, no colour codes. */
  output(text: string, stream?: "stdout" | "stderr"): void;
  /** The last `length` characters of the answer are void: the CLI begins that part again (ACP's `stream_discarded`). */
  retract(length: number): void;
  toolCall(call: ToolCall): void;
  /** Asks a permission; gives one of the question's choices. Rejects when the turn is aborted. */
  ask(question: Question): Promise<string>;
}

/**
 * How a turn ended in good order. Anything else is thrown as a `BridgeError`: KIRO_UNAVAILABLE (with `reason`),
 * OPERATION_TIMEOUT (inactivity or absolute), COMMAND_EXECUTION_FAILED (the CLI said that it failed, or died in
 * mid-turn; the text so far has gone out through `output`).
 */
export type TurnEnd =
  | { readonly kind: "ended"; readonly stopReason: string; readonly exitCode?: number; readonly isTruncated?: boolean }
  | { readonly kind: "cancelled"; readonly how: "cooperative" | "killed" };

/**
 * One conversation with one CLI, over one transport, in one working directory. One turn at a time.
 * After a turn without a positive sign of its end (timeout, kill, crash, protocol error) the agent is dirty:
 * `isUsable` is false, its process group is gone or going, and the session replaces it before the next turn.
 */
export interface Agent extends Disposable {
  readonly transport: Transport;
  readonly isUsable: boolean;
  /**
   * Sends a prompt and resolves at the end of its turn.
   * @param signal aborted by a cancel (no reason, or not a `BridgeError`): the cancel ladder runs and the turn ends as
   * `cancelled`; or by a deadline (reason is a `BridgeError`): the same ladder, and the reason is thrown.
   */
  prompt(text: string, turn: Turn, signal: AbortSignal): Promise<TurnEnd>;
  /** Ends the process, group and all: end of input, TERM, KILL. Resolves when it is gone. */
  dispose(): Promise<void>;
}

/** `TurnLimits.cancelMs`, for which there is no setting. */
export const CANCEL_MS = 10_000;

/** Time limits of a turn, in milliseconds. */
export interface TurnLimits {
  /** Without any sign of life from the CLI. An open question stops this clock. */
  readonly inactivityMs: number;
  /** From start to end. */
  readonly absoluteMs: number;
  /** How long a cooperative cancel may take before the process group is killed. */
  readonly cancelMs: number;
}

/** How to start the CLI: found once, used by every agent. Arguments that lead to it stand before the caller's own. */
export interface CliProgram {
  /** Absolute path of the executable. */
  readonly command: string;
  readonly leadingArgs: readonly string[];
  /** Added to the clean environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  readonly isSimulated: boolean;
}
