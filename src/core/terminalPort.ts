import type { Event } from "../base/events.ts";

/** The exit of a program. Either `code` or `signal` is null. */
export interface TerminalEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** An interactive program: text in, raw text out. */
export interface Terminal {
  /** The Git branch of its folder, if any. */
  readonly branch: string | undefined;
  /** Emits the raw output, including color codes. Attach in the same tick in which the terminal is returned. */
  readonly onOutput: Event<string>;
  /** Pauses reading its output, which blocks the program (backpressure). */
  pause(): void;
  resume(): void;
  /** Resolves when the program has accepted the text. Rejects if it does not read or has exited. */
  write(text: string): Promise<void>;
  /** Resolves when it has exited and all output was emitted. Never rejects. */
  readonly ended: Promise<TerminalEnd>;
  /** Ends the program and its descendants. */
  dispose(): Promise<void>;
}

/** Starts terminals. */
export interface TerminalPort {
  /**
   * @param workspacePath absolute path; default: the first open folder
   * @throws BridgeError KIRO_UNAVAILABLE with `reason`; RATE_LIMIT_EXCEEDED if there are too many
   */
  open(workspacePath?: string): Promise<Terminal>;
}
