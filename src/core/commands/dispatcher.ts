import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { BridgeError, messageOf } from "../../protocol/errors.ts";
import {
  type CancelResponse,
  CLI_COMMANDS,
  type ExecuteRequest,
  isPrompt,
  type PolicyCheckResponse,
  type Requester,
} from "../../protocol/executions.ts";
import type { InputAnswer, InputResponse } from "../../protocol/input.ts";
import type { CommandCatalog } from "./commandCatalog.ts";
import { runEditorCommand } from "./editorRunner.ts";
import type { Execution } from "../executions/execution.ts";
import type { ExecutionLog } from "../executions/executionLog.ts";
import { IdempotencyKeys } from "./idempotencyKeys.ts";
import type { PendingInputs } from "../executions/pendingInputs.ts";
import { ExecutionRunner, type ExecutionRunnerDeps, workbenchGone } from "./executionRunner.ts";
import { Lane, type LaneLimits } from "./lane.ts";
import { OutsideActivity } from "./outsideActivity.ts";
import type { Origin, Policy } from "./policy.ts";
import type { AgentPort, EditorPort, ExecutionLookup, Outcome, RunContext, Task } from "../ports.ts";
import type { KeyedRequest, Submission } from "./submission.ts";
import type { WorkbenchLink } from "./workbenchLink.ts";
import type { WorkspaceFolders } from "./workspaceFolders.ts";

export interface DispatcherOptions {
  readonly editor: EditorPort;
  readonly agent: AgentPort;
  readonly executions: ExecutionLog;
  readonly history: ExecutionLookup;
  readonly catalog: CommandCatalog;
  readonly policy: Policy;
  readonly workspace: WorkspaceFolders;
  readonly workbench: Pick<WorkbenchLink, "isConnected" | "connectedAt" | "onDidChange">;
  readonly inputs: PendingInputs;
  readonly lanes: LaneLimits;
  readonly logger: Logger;
  /** How long an editor command may take when the caller does not say, in milliseconds. */
  readonly defaultTimeoutMs: number;
}

/** What must be allowed to whoever answers or cancels a prompt. */
const PROMPT: Task = { command: "kiro.cli.chat", args: [] };

/** Takes every request, from whichever door, to the one who does it: the editor, or the Kiro CLI. */
export class Dispatcher implements Disposable {
  readonly #options: DispatcherOptions;
  readonly #keys: IdempotencyKeys;
  readonly #runners = new Map<string, ExecutionRunner>();
  readonly #editorLane: Lane;
  readonly #agentLanes = new Map<string, Lane>();
  readonly #outside = new OutsideActivity();
  readonly #watching: Disposable;
  /** One for all jobs: there is nothing in it of a single one. */
  readonly #runnerDeps: ExecutionRunnerDeps = {
    run: (runner) => this.#run(runner),
    onReleased: (execution) => this.#options.executions.release(execution),
    onEnded: (execution) => this.#end(execution),
    onUnexpected: (error, execution) => this.#internalError(error, execution),
  };
  #isStopped = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#keys = new IdempotencyKeys(options);
    this.#editorLane = new Lane(options.lanes);
    this.#watching = options.workbench.onDidChange(() => this.#followWorkbench());
  }

  /**
   * Accepts a request. Resolves when it is under way or in line; follow the execution from there.
   * @throws BridgeError ACCESS_DENIED, VALIDATION_FAILED, NOT_FOUND (workspacePath), RATE_LIMIT_EXCEEDED (line full),
   * KIRO_UNAVAILABLE (stopped, or an editor command without a workbench).
   * @param caller what the program calls itself
   */
  submit(request: ExecuteRequest, origin: Origin = "outside", caller?: string): Promise<Execution> {
    return this.#accept(request, origin, caller);
  }

  /** The same for a request that is to run once, however often it comes. @throws BridgeError also CONFLICT */
  submitOnce(keyed: KeyedRequest): Promise<Submission> {
    return this.#keys.once(keyed, () => this.#accept(keyed.request, "outside", keyed.caller));
  }

  /** The editor command of a program that runs, or that ended a moment ago. */
  latestOutsideCommand(): string | undefined {
    return this.#outside.latest();
  }

  /** @throws BridgeError NOT_FOUND; ACCESS_DENIED for a prompt, to who may not send any */
  async cancel(executionId: string, origin: Origin = "outside"): Promise<CancelResponse> {
    const execution = this.#options.executions.get(executionId);
    if (execution?.target === "cli") this.#options.policy.assertAllowed(PROMPT, origin);
    const runner = this.#runners.get(executionId);
    if (runner !== undefined) return runner.cancel();
    if (execution === undefined) throw new BridgeError("NOT_FOUND", "There is no execution with this ID.");
    return { status: execution.status, how: "not-cancellable" };
  }

  /**
   * Answers a question of a running execution. Only the Kiro CLI asks, and the answer may let a tool run.
   * @throws BridgeError ACCESS_DENIED to who may not send prompts; what `PendingInputs.answer` throws
   */
  answer(input: InputAnswer, origin: Origin = "outside"): InputResponse {
    this.#options.policy.assertAllowed(PROMPT, origin);
    return this.#options.inputs.answer(input);
  }

  /** Returns how many wait before each execution that is queued, by its ID. A lane is first come, first served. */
  queuePositions(): ReadonlyMap<string, number> {
    const waiting = new Map<Lane, number>();
    const positions = new Map<string, number>();
    for (const [id, { lane, execution }] of this.#runners) {
      if (lane === undefined || execution.status !== "queued") continue;
      const before = waiting.get(lane) ?? 0;
      positions.set(id, before);
      waiting.set(lane, before + 1);
    }
    return positions;
  }

  /** What would happen to this request. Runs nothing and asks nobody. */
  check(request: ExecuteRequest): PolicyCheckResponse {
    const { target, task } = routeOf(request);
    const { allowed, rule } = this.#options.policy.decideTask(task);
    return { allowed, target, known: this.#options.catalog.has(task.command), ...(rule !== undefined && { rule }) };
  }

  /** Ends everything that waits or runs and takes nothing more. */
  dispose(): void {
    this.#isStopped = true;
    void this.#watching.dispose();
    for (const runner of this.#runners.values()) runner.interrupt();
  }

  async #accept(request: ExecuteRequest, origin: Origin, caller: string | undefined): Promise<Execution> {
    const { target, task } = routeOf(request);
    this.#options.policy.assertAllowed(task, origin);
    const located = task.workspacePath === undefined ? task : await this.#locate(task, task.workspacePath);
    if (this.#isStopped)
      throw new BridgeError("KIRO_UNAVAILABLE", "The bridge is stopping.", { reason: "not_running" });
    if (target === "editor" && !this.#options.workbench.isConnected) throw workbenchGone();
    const lane = target === "editor" ? this.#editorLane : this.#agentLane(located);
    lane?.assertRoom();
    const execution = this.#options.executions.create(located, target, requesterOf(origin, caller));
    const { id: executionId } = execution;
    this.#options.logger.debug("An execution was accepted", { executionId, target, origin, caller });
    this.#begin(execution, lane, request.timeoutMs, origin);
    return execution;
  }

  #followWorkbench(): void {
    const { isConnected, connectedAt } = this.#options.workbench;
    if (isConnected) return;
    for (const [id, runner] of this.#runners)
      if (this.#options.executions.get(id)?.target === "editor") runner.loseWorkbench(connectedAt);
  }

  async #locate(task: Task, workspacePath: string): Promise<Task> {
    return { ...task, workspacePath: await this.#options.workspace.resolve(workspacePath) };
  }

  #begin(execution: Execution, lane: Lane | undefined, askedTimeoutMs: number | undefined, origin: Origin): void {
    const timeoutMs = askedTimeoutMs ?? (execution.target === "editor" ? this.#options.defaultTimeoutMs : undefined);
    const runner = new ExecutionRunner({ execution, origin, lane, timeoutMs }, this.#runnerDeps);
    this.#runners.set(execution.id, runner);
    runner.start();
  }

  #run(runner: ExecutionRunner): Promise<Outcome> {
    const { execution, origin } = runner;
    // Once more: the settings may have changed while it waited in line.
    this.#options.policy.assertAllowed(execution.task, origin);
    return execution.target === "editor"
      ? this.#runEditor(execution, origin)
      : this.#runAgent(execution, runner.signal);
  }

  #end({ id: executionId, status, end: { code }, elapsedMs }: Execution): void {
    this.#runners.delete(executionId);
    this.#outside.ended(executionId);
    this.#options.logger.debug("An execution has ended", { executionId, status, code, elapsedMs });
  }

  /**
   * The caller gets the id of the execution, the log what happened: a message may name paths (docs/wire-contract.md#3-errors).
   */
  #internalError(error: unknown, { id, target }: Execution): BridgeError {
    this.#options.logger.error("An execution failed with an internal error", { id, target, error: messageOf(error) });
    return new BridgeError("INTERNAL_ERROR", `An internal error occurred. The log has details under ${id}.`, {
      errorId: id,
    });
  }

  #runEditor(execution: Execution, origin: Origin): Promise<Outcome> {
    if (origin === "outside") this.#outside.began(execution.id, execution.task.command);
    execution.begin();
    return runEditorCommand(execution.task, this.#options.editor, this.#options.catalog);
  }

  #runAgent(execution: Execution, signal: AbortSignal): Promise<Outcome> {
    const context: RunContext = {
      executionId: execution.id,
      signal,
      began: () => execution.begin(),
      output: (text, stream) => execution.appendOutput(text, stream),
      retract: (length) => execution.retractOutput(length),
      ask: (question) => this.#options.inputs.ask(execution, question, signal),
      toolCall: (call) => execution.toolCall(call),
      speaksIn: (sessionId) => execution.speaksIn(sessionId),
    };
    return this.#options.agent.run(execution.task, context);
  }

  /** One turn at a time for each session; a line that nobody stands in is forgotten. */
  #agentLane(task: Task): Lane | undefined {
    const line = this.#options.agent.lineOf(task);
    if (line === undefined) return undefined;
    for (const [name, lane] of this.#agentLanes) if (lane.isIdle) this.#agentLanes.delete(name);
    const lane = this.#agentLanes.get(line) ?? new Lane({ concurrency: 1, maxQueued: this.#options.lanes.maxQueued });
    this.#agentLanes.set(line, lane);
    return lane;
  }
}

function requesterOf(origin: Origin, name: string | undefined): Requester {
  if (origin === "palette") return { origin: "editor" };
  return { origin: "program", ...(name !== undefined && { name }) };
}

/**
 * Who shall do it, decided by the id alone (docs/wire-contract.md#41-execute): `kiro.cli.*` goes to the Kiro CLI; with `target:
 * "cli"` any other `command` is the prompt itself; everything else goes to the editor.
 */
function routeOf(request: ExecuteRequest): { target: "editor" | "cli"; task: Task } {
  const { command, args = [], params, workspacePath, session, target = "auto" } = request;
  const rest = {
    ...(workspacePath !== undefined && { workspacePath }),
    ...(session !== undefined && { session }),
  };
  if (isPrompt(request)) {
    return { target: "cli", task: { ...PROMPT, args: [command, ...args], ...rest } };
  }
  return {
    target: command.startsWith(CLI_COMMANDS) && target !== "editor" ? "cli" : "editor",
    task: { command, args, ...(params !== undefined && { params }), ...rest },
  };
}
