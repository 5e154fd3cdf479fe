import type { SessionState } from "../protocol/chat.ts";
import type { ProcessSlots } from "./processSlots.ts";
import type { RestartGuard } from "./restartGuard.ts";
import type { StartAgent } from "./startAgent.ts";

/** The facts of a session that are reported. */
export interface SessionFacts {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string | undefined;
  readonly state: SessionState;
}

export interface SessionOptions {
  readonly id: string;
  readonly name: string;
  readonly workspacePath: string;
  /** The principal that it belongs to; undefined if it is shared. */
  readonly ownerId: string | undefined;
  /** False for a session of a single turn. */
  readonly isNamed: boolean;
  /** True if its conversation must not continue an earlier one at the same place. */
  readonly isNew: boolean;
  readonly start: StartAgent;
  readonly slots: ProcessSlots;
  /** Counts failed starts of all sessions, which indicate that the CLI is broken. */
  readonly startGuard: RestartGuard;
  /** Counts turns of this session that ended in a crash. */
  readonly turnGuard: RestartGuard;
  /**
   * Time in milliseconds without a prompt after which the process is ended; the conversation is resumed later if the
   * CLI can.
   */
  readonly idleMs: number;
  readonly report: (session: SessionFacts) => void;
}
