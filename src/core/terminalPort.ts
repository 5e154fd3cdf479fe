import type { Event } from "../base/events.ts";

/** How a program ended. Of the two one is null. */
export interface TerminalEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A program that somebody sits in front of: text in, raw text out. */
export interface Terminal {
  /** The branch of the folder in which it works, if that is under Git. */
  readonly branch: string | undefined;
  /** Everything that it prints, colour codes and all. Attach in the same tick in which you get the terminal. */
  readonly onOutput: Event<string>;
  /** Stops and goes on reading its output: while nobody takes more, it waits. */
  pause(): void;
  resume(): void;
  /** Resolves when the program has taken the text. Rejects when it does not read, or has ended. */
  write(text: string): Promise<void>;
  /** Resolves when it has ended and all its output was told. Never rejects. */
  readonly ended: Promise<TerminalEnd>;
  /** Ends it with everything that it started. */
  dispose(): Promise<void>;
}

/** Starts terminals. */
export interface TerminalPort {
  /**
   * @param workspacePath absolute; without it the first folder that is open
   * @throws BridgeError KIRO_UNAVAILABLE with `reason`; RATE_LIMIT_EXCEEDED when there are too many
   */
  open(workspacePath?: string): Promise<Terminal>;
}
