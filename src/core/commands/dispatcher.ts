import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { CancelResponse, ExecuteRequest, PolicyCheckResponse } from "../../protocol/executions.ts";
import { bridgeStopping } from "../../protocol/unavailable.ts";
import type { InputAnswer, InputResponse } from "../../protocol/input.ts";
import type { AuditSink } from "../access/audit.ts";
import { type Caller, maySee, ownerProgram } from "../access/principal.ts";
import { requesterOf } from "../access/requester.ts";
import { accessEnded } from "../access/scopes.ts";
import type { Execution } from "../executions/execution.ts";
import type { ExecutionLog } from "../executions/executionLog.ts";
import { nothingAsked, type PendingInputs } from "../executions/pendingInputs.ts";
import type { ExecutionLookup, Outcome } from "../ports.ts";
import { Children } from "./children/children.ts";
import type { CommandCatalog } from "./commandCatalog.ts";
import { ExecutionAudit } from "./executionAudit.ts";
import { ExecutionRunner, type ExecutionRunnerDeps, internalError } from "./executionRunner.ts";
import { IdempotencyKeys } from "./idempotencyKeys.ts";
import { LanePool } from "./lane.ts";
import { OutsideActivity } from "./outsideActivity.ts";
import { type Policy, type PolicySubject, subjectOf } from "./policy.ts";
import { limitedPrincipalOf, PrincipalLoads } from "./principalLoads.ts";
import type { PolicyRule } from "./principalRules.ts";
import type { KeyedRequest, Submission } from "./submission.ts";
import { type CommandTarget, type Disconnection, routeOf } from "./target.ts";
import type { TargetRequest } from "./turnInput.ts";
import type { WorkspaceFolders } from "./workspaceFolders.ts";

export interface DispatcherDeps {
  /** In the order in which they are asked. Their IDs are unique. */
  readonly targets: readonly CommandTarget[];
  readonly executions: ExecutionLog;
  readonly history: ExecutionLookup;
  readonly catalog: CommandCatalog;
  readonly policy: Policy;
  readonly workspace: WorkspaceFolders;
  readonly inputs: PendingInputs;
  readonly audit: AuditSink;
  readonly logger: Logger;
}

export interface DispatcherOptions {
  /** Maximum number of requests of one principal that wait in each lane. */
  readonly maxQueued: number;
}

/**
 * Dispatches every request of every client to the target that runs its command. Steps of a request: route, policy,
 * workspace folder, lane, execution, policy again, run.
 */
export class Dispatcher implements Disposable {
  readonly #deps: DispatcherDeps;
  readonly #audit: ExecutionAudit;
  readonly #keys: IdempotencyKeys;
  readonly #runners = new Map<string, ExecutionRunner>();
  readonly #children = new Children(this.#runners);
  readonly #lanes: ReadonlyMap<CommandTarget, LanePool>;
  readonly #outside = new OutsideActivity();
  readonly #store = new DisposableStore();
  /** Shared by all runners. */
  readonly #runnerDeps: ExecutionRunnerDeps = {
    run: (runner) => this.#run(runner),
    ask: ({ execution, signal }, question) => this.#deps.inputs.ask(execution, question, signal),
    suggestCommands: ({ caller }, commandId) => this.#deps.catalog.suggest(commandId, caller.principal),
    mayRun: ({ caller }, commandId) => this.#deps.policy.decide(commandId, caller).allowed,
    onBegan: (execution) => this.#deps.executions.releaseInput(execution),
    onReleased: (execution) => this.#deps.executions.release(execution),
    onEnded: (runner) => this.#end(runner),
    onUnexpected: (error, execution) => internalError(error, execution, this.#deps.logger),
  };
  #phase: "open" | "draining" | "stopped" = "open";

  constructor(deps: DispatcherDeps, { maxQueued }: DispatcherOptions) {
    this.#deps = deps;
    this.#audit = new ExecutionAudit(deps.audit);
    this.#keys = new IdempotencyKeys(deps);
    const loads = new PrincipalLoads();
    this.#lanes = new Map(deps.targets.map((target) => [target, new LanePool(maxQueued, loads)]));
    for (const target of deps.targets) {
      const watching = target.onDidDisconnect?.((disconnection) => this.#disconnect(target, disconnection));
      if (watching !== undefined) this.#store.add(watching);
    }
  }

  /**
   * Accepts a request. Resolves when it is running or queued; follow the execution from there.
   * @throws BridgeError ACCESS_DENIED (scope or policy), VALIDATION_FAILED, NOT_FOUND (workspacePath), RATE_LIMIT_EXCEEDED (queue full),
   * KIRO_UNAVAILABLE (the bridge is stopping, or the target is unavailable); for an agent also errors of `Children.assertMayStart`
   */
  async submit(request: TargetRequest, caller: Caller = ownerProgram): Promise<Execution> {
    const { target, rule } = this.#admit(request, caller);
    const located = await this.#locate(request);
    if (this.#phase === "stopped" || (this.#phase === "draining" && !caller.parent)) throw bridgeStopping();
    const status = target.status();
    if (status.state === "unavailable") throw status.error;
    const task = target.accepts(located, caller.principal);
    const key = target.laneOf(task);
    const lane = key && this.#lanes.get(target)?.laneOf(key);
    this.#children.assertMayStart(caller, lane);
    lane?.assertRoom(limitedPrincipalOf(caller));
    const { parent, traceparent, via, principal, program } = caller;
    const origin = { parentId: parent?.executionId, rootId: parent?.rootId, traceparent };
    const execution = this.#deps.executions.create(task, target.id, requesterOf(caller), origin);
    const { id: executionId } = execution;
    this.#audit.accepted(execution, caller, rule);
    const facts = { executionId, target: target.id, via, principal: principal.id, program };
    this.#deps.logger.debug("An execution was accepted", facts);
    const timeoutMs = request.timeoutMs ?? target.defaultTimeoutMs;
    const runner = new ExecutionRunner({ execution, target, caller, lane, timeoutMs }, this.#runnerDeps);
    this.#runners.set(executionId, runner);
    this.#children.began(runner);
    runner.start();
    return execution;
  }

  /**
   * Accepts a request with an idempotency key, which is executed once.
   * @throws BridgeError as `submit` does, and CONFLICT
   */
  submitOnce(keyed: KeyedRequest): Promise<Submission> {
    return this.#keys.once(keyed, () => this.submit(keyed.request, keyed.caller));
  }

  /**
   * Checks whether a request may run, for one that is asked about before it is submitted. A rejection is recorded.
   * @throws BridgeError ACCESS_DENIED, VALIDATION_FAILED
   */
  assertMayRun(request: TargetRequest, caller: Caller): void {
    this.#admit(request, caller);
  }

  /** See `Children.callerIn`. */
  agentCaller(executionId: string, agent: string): Caller {
    return this.#children.callerIn(executionId, agent);
  }

  /** Fires when an execution was created for an idempotency key. */
  get onDidUseKey(): IdempotencyKeys["onDidUse"] {
    return this.#keys.onDidUse;
  }

  /** Returns the command of a program that is running in the editor, or ended a moment ago. */
  latestOutsideCommand(): string | undefined {
    return this.#outside.latest();
  }

  /**
   * @throws BridgeError NOT_FOUND, also for an execution that the principal may not see; ACCESS_DENIED to principals
   * without the scope, and to clients that may not control executions of this target
   */
  async cancel(executionId: string, caller: Caller = ownerProgram): Promise<CancelResponse> {
    const execution = this.#visible(executionId, caller, "executions:cancel");
    if (execution === undefined) throw new BridgeError("NOT_FOUND", "There is no execution with this ID.");
    this.#assertControl(execution, caller);
    this.#audit.controlled("cancel-requested", executionId, caller);
    const runner = this.#runners.get(executionId);
    if (runner !== undefined) return runner.cancel();
    return { status: execution.status, how: "not-cancellable" };
  }

  /** Cancels an execution, for the part of the bridge that has submitted it. */
  async withdraw(executionId: string): Promise<void> {
    await this.#runners.get(executionId)?.cancel();
  }

  /**
   * Answers a question of a running execution. The answer may let a tool run.
   * @throws BridgeError ACCESS_DENIED to principals without the scope, and to clients that may not control executions of
   * its target; errors of `PendingInputs.answer`
   */
  answer(input: InputAnswer, caller: Caller = ownerProgram): InputResponse {
    const execution = this.#visible(input.executionId, caller, "inputs:answer");
    this.#assertControl(execution, caller);
    if (execution === undefined) throw nothingAsked();
    const answered = this.#deps.inputs.answer(input);
    this.#audit.controlled("input-answered", execution.id, caller);
    return answered;
  }

  /** Returns the number of executions before each queued one, by ID. */
  queuePositions(): ReadonlyMap<string, number> {
    const positions = new Map<string, number>();
    for (const pool of this.#lanes.values()) {
      for (const [{ executionId }, before] of pool.positions()) positions.set(executionId, before);
    }
    return positions;
  }

  /** Returns the decision for a request without executing it. @throws BridgeError VALIDATION_FAILED */
  check(request: ExecuteRequest, caller: Caller = ownerProgram): PolicyCheckResponse {
    const { target, command } = routeOf(request, this.#deps.targets);
    const { allowed, rule } = this.#deps.policy.decideTask(subjectOf(request, command), caller);
    const known = this.#deps.catalog.has(command, caller.principal);
    const scope = scopeOf(target);
    const hasScope = caller.principal.scopes.has(scope);
    return {
      allowed: allowed && hasScope,
      target: target.id,
      known,
      ...(rule !== undefined && { rule }),
      ...(!hasScope && { scope }),
    };
  }

  /**
   * Ends the executions of principals that are no longer active: rejects those in the queue, and cancels those that can be
   * cancelled. Call it when the access of a principal was revoked or has expired.
   */
  endInactive(): void {
    for (const runner of this.#runners.values()) if (!runner.caller.principal.isActive) runner.endAccess();
  }

  /** Rejects later requests, except those of agents whose executions still run. */
  drain(): void {
    this.#phase = "draining";
  }

  /** Ends all queued and running executions, and rejects later requests. */
  dispose(): void {
    this.#phase = "stopped";
    void this.#store.dispose();
    for (const runner of this.#runners.values()) runner.interrupt();
  }

  #admit(
    request: TargetRequest,
    caller: Caller,
  ): { readonly target: CommandTarget; readonly rule: PolicyRule | undefined } {
    const { target, command } = routeOf(request, this.#deps.targets);
    const subject = subjectOf(request, command);
    const rule = this.#audit.admitted(command, caller, () => this.#assertAllowed(target, subject, caller));
    return { target, rule };
  }

  #assertAllowed(target: CommandTarget, subject: PolicySubject, caller: Caller): PolicyRule | undefined {
    caller.principal.scopes.assert(scopeOf(target));
    return this.#deps.policy.assertAllowed(subject, caller);
  }

  /**
   * Returns an execution that the principal may see and control.
   * @throws BridgeError ACCESS_DENIED if it may see it, but not control it
   */
  #visible(
    executionId: string,
    { principal }: Caller,
    scope: "executions:cancel" | "inputs:answer",
  ): Execution | undefined {
    const execution = this.#deps.executions.get(executionId);
    const ownerId = execution?.requestedBy?.principal?.id;
    if (execution === undefined || !maySee(principal, "history:read", ownerId)) return undefined;
    principal.scopes.assert(ownerId === principal.id ? `${scope}:own` : scope);
    return execution;
  }

  /** For an unknown execution, rejects clients that may not control all targets, so that they cannot probe IDs. */
  #assertControl(execution: Execution | undefined, caller: Caller): void {
    for (const { id, controlCommand } of this.#deps.targets) {
      if (controlCommand === undefined || (execution !== undefined && execution.target !== id)) continue;
      this.#deps.policy.assertCommandAllowed(controlCommand, caller);
    }
  }

  #disconnect(target: CommandTarget, disconnection: Disconnection): void {
    for (const runner of this.#runners.values()) if (runner.target === target) runner.disconnect(disconnection);
  }

  async #locate({ workspacePath, ...rest }: TargetRequest): Promise<TargetRequest> {
    return workspacePath === undefined
      ? rest
      : { ...rest, workspacePath: await this.#deps.workspace.resolve(workspacePath) };
  }

  #run(runner: ExecutionRunner): Promise<Outcome> {
    const { execution, caller, target } = runner;
    const { id, task } = execution;
    // Checked again, because the settings and the access may have changed while it was queued.
    if (!caller.principal.isActive) throw accessEnded();
    this.#assertAllowed(target, task, caller);
    // Work that cannot be cancelled may have visible effects in the window later.
    if (caller.via !== "editor" && !target.isCancellable) this.#outside.began(id, task.command);
    return target.run(task, runner);
  }

  #end(runner: ExecutionRunner): void {
    const { execution } = runner;
    const { id: executionId, status, elapsedMs } = execution;
    this.#runners.delete(executionId);
    this.#children.ended(runner);
    this.#audit.ended(execution);
    this.#outside.ended(executionId);
    this.#deps.logger.debug("An execution has ended", { executionId, status, code: execution.end.code, elapsedMs });
  }
}

function scopeOf({ scope = "commands:run" }: CommandTarget): "commands:run" | "agents:prompt" {
  return scope;
}
