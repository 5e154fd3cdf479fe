import type { Event } from "../base/events.ts";
import type { ErrorCode } from "../protocol/errors.ts";
import type { BridgeError } from "../protocol/errors.ts";
import type { CancelWay, ExecutionRecord } from "../protocol/executions.ts";
import type { InputRequest } from "../protocol/input.ts";
import type { CliStatus, WindowRecord } from "../protocol/status.ts";
import type { EncodedValue, Json } from "../protocol/values.ts";

/** Finds an execution of this window, of an earlier one, or of another. */
export interface ExecutionLookup {
  get(id: string): Promise<ExecutionRecord | undefined>;
}

/** A command that the editor knows. */
export interface KnownCommand {
  readonly id: string;
  readonly title?: string;
  /** "editor", or the id of the extension which contributes the command. */
  readonly source: string;
}

/** The editor has no such command. */
export class UnknownCommand extends Error {}

/** The editor, seen from the core: one window's commands. */
export interface EditorPort {
  /**
   * Runs a command and gives its value, spelled for JSON. Rejects with `UnknownCommand`, or with whatever the command threw.
   * Nothing can stop a running editor command, so there is no signal.
   */
  execute(commandId: string, args: readonly Json[]): Promise<EncodedValue>;
  /** The commands that can be named: there may be others that run. Costs a round trip to the workbench (8 ms and more): never call it for each request. */
  listCommands(): Promise<readonly KnownCommand[]>;
  /** Commands may have come or gone. */
  readonly onDidChangeCommands: Event<void>;
  /** Resolves when the workbench has answered, which may be never. Costs it next to nothing. */
  reachWorkbench(): Promise<void>;
}

/** This window, seen from the core. */
export interface WindowPort {
  /** The window as others see it; `workspaceFolders` are absolute paths on the machine of the extension host. */
  describe(): WindowRecord;
  readonly editorVersion: string;
  /** The other windows of this user that have a bridge on this machine. */
  others(): Promise<readonly OtherWindow[]>;
}

/** Another window, as its bridge has told it to everybody. */
export interface OtherWindow {
  readonly url: string;
  readonly workspaceFolders: readonly string[];
}

/** How a run ended. A command that failed is an outcome; only a bridge that could not run it has a `failure`. */
export type Outcome =
  | {
      readonly kind: "completed";
      readonly output?: string;
      readonly result?: Json;
      readonly isTruncated?: boolean;
      readonly exitCode?: number;
      /** Of an agent's turn. */
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

/** A question of a run to whoever is able to answer. */
export type Question = Omit<InputRequest, "questionId" | "expiresAt"> & {
  /** What is answered when nobody does: always the refusal. */
  readonly safeAnswer: string;
};

/** What a run may do to its execution while it works. */
export interface RunContext {
  readonly executionId: string;
  /** Aborted by a cancel or a deadline; the reason is a `BridgeError` for a deadline. */
  readonly signal: AbortSignal;
  /**
   * The work is about to be handed over: from here on it may have been done, whatever is heard of it. To be called
   * before; a request which failed without it may be sent again under its `Idempotency-Key`, and is run again.
   */
  began(): void;
  /** Adds to the answer. Text must come in order and without colour codes. */
  output(text: string, stream?: "stdout" | "stderr"): void;
  /** Takes back the last `length` characters of the answer: the CLI discarded them and sends them again. */
  retract(length: number): void;
  /** Asks; gives the answer, or the safe answer when its time is over. Rejects when the run is aborted. */
  ask(question: Question): Promise<string>;
  /** Tells of a tool's progress. */
  toolCall(call: ToolCall): void;
  /** Says which session speaks. */
  speaksIn(sessionId: string): void;
  /** Returns a few IDs of commands that look like this one and that callers may run. */
  suggestCommands(commandId: string): readonly string[];
}

export interface ToolCall {
  readonly toolCallId: string;
  readonly title: string;
  readonly kind?: string;
  readonly status?: string;
}

/** The state of the Kiro CLI, for status displays. */
export interface CliStatusSource {
  cliStatus(): CliStatus;
  readonly onDidChangeStatus: Event<CliStatus>;
}

/** Whether the window that hosts the bridge is connected. */
export interface WindowConnection {
  readonly isConnected: boolean;
  readonly onDidChange: Event<void>;
}
