import type { Event } from "../base/events.ts";
import type { AgentStep, Compaction } from "../protocol/agents/agentStep.ts";
import type { FileDiff } from "../protocol/events.ts";
import type { ErrorCode } from "../protocol/errors.ts";
import type { BridgeError } from "../protocol/errors.ts";
import type { CancelWay, ExecutionRecord } from "../protocol/executions.ts";
import type { InputRequest } from "../protocol/input.ts";
import type { CliStatus, WindowRecord } from "../protocol/status.ts";
import type { EncodedValue, Json } from "../protocol/values.ts";
import type { Caller } from "./access/principal.ts";

/** Finds an execution of this window, of an earlier one, or of another. */
export interface ExecutionLookup {
  get(id: string): Promise<ExecutionRecord | undefined>;
}

/** A command known to the editor. */
export interface KnownCommand {
  readonly id: string;
  readonly title?: string;
  /** "editor", "kiro-cli", "engine", or the ID of the extension that contributes the command. */
  readonly source: string;
}

/** Thrown if the editor has no such command. */
export class UnknownCommand extends Error {
  /** A sentence that says why, in place of similar commands. */
  readonly reason: string | undefined;

  constructor(commandId: string, reason?: string) {
    super(commandId);
    this.reason = reason;
  }
}

/** The commands of the editor window. */
export interface EditorPort {
  /**
   * Runs a command and returns its result, encoded as JSON. Rejects with `UnknownCommand`, or with the error of the
   * command. Has no signal, because running editor commands cannot be cancelled.
   */
  execute(commandId: string, args: readonly Json[]): Promise<EncodedValue>;
  /**
   * Lists the known commands; others may exist. Takes a round trip to the workbench (8 ms and more), so do not call it
   * for each request.
   */
  listCommands(): Promise<readonly KnownCommand[]>;
  /** Fires when commands may have been added or removed. */
  readonly onDidChangeCommands: Event<void>;
  /** Resolves when the workbench has responded, which may be never. Very cheap. */
  reachWorkbench(): Promise<void>;
}

/** The editor window. */
export interface WindowPort {
  /** Describes the window for clients. `workspaceFolders` are absolute paths on the machine of the extension host. */
  describe(): WindowRecord;
  /** Undefined if there is no editor. */
  readonly editorVersion?: string | undefined;
  /** Lists the other windows of this user with a bridge on this machine. */
  others(): Promise<readonly OtherWindow[]>;
}

/** Another window, as published by its bridge. */
export interface OtherWindow {
  readonly url: string;
  readonly workspaceFolders: readonly string[];
}

/** The result of a run. A failed command is an outcome; `failure` is only set if the bridge could not run it. */
export type Outcome =
  | {
      readonly kind: "completed";
      readonly output?: string;
      readonly result?: Json;
      readonly isTruncated?: boolean;
      readonly exitCode?: number;
      /** The stop reason of an agent's turn. */
      readonly stopReason?: string;
    }
  | {
      readonly kind: "failed";
      readonly error: string;
      readonly code: ErrorCode;
      readonly result?: Json;
      readonly exitCode?: number;
      readonly failure?: BridgeError;
    }
  | { readonly kind: "cancelled"; readonly how: Exclude<CancelWay, "not-cancellable"> };

/** A question of a run, answered by any client that may. */
export type Question = Omit<InputRequest, "questionId" | "expiresAt"> & {
  /** The answer after the timeout: always the rejection. */
  readonly safeAnswer: string;
};

/** The interface of a run to its execution. */
export interface RunContext {
  readonly executionId: string;
  /** The author of the request. */
  readonly caller: Caller;
  /** Aborted by a cancellation or a timeout; the reason is a `BridgeError` for a timeout. */
  readonly signal: AbortSignal;
  /**
   * Records that the work is about to start, and so may be done whatever is reported later. Call it before: a request
   * that fails without this call may be repeated with its `Idempotency-Key`, and is then run again.
   */
  began(): void;
  /** Adds to the output. Text must be in order and without color codes. */
  output(text: string, stream?: "stdout" | "stderr"): void;
  /** Retracts the last `length` characters of the output, which the CLI sends again. */
  retract(length: number): void;
  /**
   * Asks a question. Resolves with the answer, or with the safe answer after the timeout; rejects if the run is
   * aborted.
   */
  ask(question: Question): Promise<string>;
  /** Reports the progress of a tool. */
  toolCall(call: ToolCall): void;
  /** Reports a request of an agent to its model. */
  step(step: AgentStep): void;
  /** Reports that an agent has shortened its conversation. */
  compacted(compaction: Compaction): void;
  /** Records that the run waits for the result of a tool of its caller, or goes on. */
  park(isParked: boolean): void;
  /** Sets the session of the execution. */
  speaksIn(sessionId: string): void;
  /** Returns a few IDs of commands that look like this one and that callers may run. */
  suggestCommands(commandId: string): readonly string[];
  /** Returns true if the caller may run another command as well, which the run does for it. */
  mayRun(commandId: string): boolean;
}

export interface ToolCall {
  readonly toolCallId: string;
  readonly title: string;
  readonly kind?: string;
  readonly status?: string;
  /** The execution as which the call runs. */
  readonly childId?: string;
  /** Says who runs the tool; see the event `tool-call`. */
  readonly by?: "agent" | "caller";
  readonly diffs?: FileDiff[];
}

/** The state of the Kiro CLI, for status displays. */
export interface CliStatusSource {
  cliStatus(): CliStatus;
  readonly onDidChangeStatus: Event<CliStatus>;
}

/** The connection to the window that hosts the bridge. */
export interface WindowConnection {
  readonly isConnected: boolean;
  readonly onDidChange: Event<void>;
}
