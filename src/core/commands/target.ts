import type { Event } from "../../base/events.ts";
import type { BridgeError } from "../../protocol/errors.ts";
import { type ExecuteRequest, MAX_COMMAND_ID_LENGTH } from "../../protocol/executions.ts";
import { invalid, quote } from "../../protocol/validate.ts";
import type { Json } from "../../protocol/values.ts";
import type { Principal } from "../access/principal.ts";
import type { KnownCommand, Outcome, RunContext } from "../ports.ts";
import type { HeldTurn } from "../executions/heldTurn.ts";
import type { TargetRequest } from "./turnInput.ts";

/** The fields of a request that its record repeats (docs/wire-contract.md#43-life-of-an-execution). */
export interface TaskFields {
  /** The ID of the command that runs, which the policy decides about. */
  readonly command: string;
  readonly args: readonly string[];
  readonly params?: readonly Json[];
  /** Absolute path of a folder of this window. */
  readonly workspacePath?: string;
  readonly session?: string;
}

/** One command with its arguments. */
export interface CommandTask extends TaskFields {
  readonly kind: "command";
}

/** One prompt for an agent. */
export interface ChatTask extends TaskFields {
  readonly kind: "chat";
  readonly prompt: string;
  /** The input of a gateway, sent in place of the prompt. */
  readonly held?: HeldTurn;
}

/** A request that a target has accepted. */
export type Task = CommandTask | ChatTask;

/** The lane of a task. Lanes of different targets are separate. */
export interface LaneKey {
  readonly name: string;
  /** Maximum number of tasks that run at once. */
  readonly concurrency: number;
}

export type TargetStatus =
  | { readonly state: "ready" }
  /** New tasks are rejected with the error. */
  | { readonly state: "unavailable"; readonly error: BridgeError };

/** The loss of a target's connection to what does the work. */
export interface Disconnection {
  /** Epoch milliseconds at which it was last known to be connected. Tasks that began before continue. */
  readonly since: number;
  /** @param hasStarted true if the task was started, and so may have run */
  readonly error: (hasStarted: boolean) => BridgeError;
}

/**
 * A place where commands run: the editor of this window, an agent, later another window or a plugin. The dispatcher asks its
 * targets in order, and the first one that knows the command gets the request.
 */
export interface CommandTarget<T extends Task = Task> {
  /** The value of `target` in requests, records, metrics and events. */
  readonly id: string;
  /** Further values of `target` in requests. */
  readonly otherIds?: readonly string[];
  /** The commands that can be named now; others may run as well. */
  readonly commands: readonly KnownCommand[];
  readonly onDidChangeCommands: Event<void>;
  /** True if a run obeys its signal. Otherwise a timeout ends the execution and discards the result of the run. */
  readonly isCancellable: boolean;
  /** Default timeout of a task in milliseconds, or undefined for none. */
  readonly defaultTimeoutMs: number | undefined;
  /** The scope that a principal needs to run its commands. Default: `commands:run`. */
  readonly scope?: "commands:run" | "agents:prompt";
  /** The command that a client must be allowed to run in order to cancel executions or answer their questions. */
  readonly controlCommand?: string;
  readonly onDidDisconnect?: Event<Disconnection>;
  /** Reads `commands` again where that takes a round trip. Never rejects. */
  refreshCommands?(): Promise<void>;
  /**
   * Returns the ID of the command that a request runs here; undefined for a command of another target. Must be
   * cheap, because it is called before the policy check.
   * @throws BridgeError VALIDATION_FAILED for a request that no target can accept
   */
  commandOf(request: ExecuteRequest): string | undefined;
  /**
   * Reads a request of which `commandOf` knows the command. Its `workspacePath` is resolved.
   * @param principal the author of the request, for tasks that depend on it
   * @throws BridgeError VALIDATION_FAILED
   */
  accepts(request: TargetRequest, principal: Principal): T;
  /** Returns the lane of a task, or undefined if it never waits, not even for the limit of its principal. */
  laneOf(task: T): LaneKey | undefined;
  status(): TargetStatus;
  /**
   * Runs a task of this target. What the command did is an outcome; rejects with a `BridgeError` when the bridge could not run
   * it, or with the reason of `context.signal`.
   */
  run(task: T, context: RunContext): Promise<Outcome>;
}

/** Returns the fields that a task copies from its request. */
export function taskFieldsOf({ command, args = [], params, workspacePath, session }: ExecuteRequest): TaskFields {
  return {
    command,
    args,
    ...(params !== undefined && { params }),
    ...(workspacePath !== undefined && { workspacePath }),
    ...(session !== undefined && { session }),
  };
}

/** @throws BridgeError VALIDATION_FAILED for an ID that is too long */
export function assertCommandId(command: string): void {
  if (command.length <= MAX_COMMAND_ID_LENGTH) return;
  const message = `a command ID has at most ${MAX_COMMAND_ID_LENGTH} characters`;
  throw invalid("command", "too_big", `at most ${MAX_COMMAND_ID_LENGTH}`, "string", message);
}

/** A request's target and command. */
export interface Route {
  readonly target: CommandTarget;
  readonly command: string;
}

/**
 * Selects the target by the command ID, unless the request names it (docs/wire-contract.md#41-execute).
 * @throws BridgeError VALIDATION_FAILED
 */
export function routeOf(request: ExecuteRequest, targets: readonly CommandTarget[]): Route {
  const { target: wanted = "auto" } = request;
  for (const target of targets) {
    if (wanted !== "auto" && wanted !== target.id && target.otherIds?.includes(wanted) !== true) continue;
    const command = target.commandOf(request);
    if (command !== undefined) return { target, command };
  }
  const expected = ["auto", ...targets.map(({ id }) => id).toReversed()].join(" | ");
  throw invalid("target", "invalid_value", expected, "string", `${quote(wanted)} is none of ${expected}`);
}
