import { onAbort } from "../../../base/abort.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { Caller, ParentRef } from "../../access/principal.ts";
import type { ExecutionRunner } from "../executionRunner.ts";
import type { Lane } from "../lane.ts";

/** Maximum number of ancestors of an execution. */
const MAX_DEPTH = 3;
/** Maximum number of children of one execution that have not ended. */
const MAX_CHILDREN = 8;

/** The executions that agents have requested in others: their limits, and their end with their parent. */
export class Children {
  /** Those that have not ended, by ID. */
  readonly #runners: ReadonlyMap<string, ExecutionRunner>;
  /** By the ID of the parent; each child with what watches the end of its parent. */
  readonly #children = new Map<string, Map<ExecutionRunner, Disposable>>();

  constructor(runners: ReadonlyMap<string, ExecutionRunner>) {
    this.#runners = runners;
  }

  /**
   * Returns the caller of what an agent requests in a running execution: the principal of the execution, but not the user,
   * also if the user has asked.
   * @throws BridgeError CONFLICT if the execution is not running
   */
  callerIn(executionId: string, agent: string): Caller {
    const runner = this.#runners.get(executionId);
    if (runner?.isAtWork !== true) throw parentEnded();
    const { principal, parent, traceparent } = runner.caller;
    const depth = (parent?.depth ?? 0) + 1;
    const rootId = parent === undefined ? executionId : (parent.rootId ?? parent.executionId);
    return { principal, via: "agent", program: agent, parent: { executionId, depth, rootId }, traceparent };
  }

  /**
   * Checks the limits of children, and that the child does not wait for its own parent. Does nothing for other requests.
   * @throws BridgeError CONFLICT, RATE_LIMIT_EXCEEDED
   */
  assertMayStart({ parent }: Caller, lane: Lane | undefined): void {
    if (parent === undefined) return;
    const { executionId, depth, isElsewhere = false } = parent;
    if (depth > MAX_DEPTH) throw tooDeep();
    // The window of the parent has checked the rest.
    if (isElsewhere) return;
    if (this.#runners.get(executionId)?.isAtWork !== true) throw parentEnded();
    if (this.#of(executionId).size >= MAX_CHILDREN) throw tooMany();
    if (lane !== undefined && this.#isHeldBy(lane, this.#ancestors(parent), new Set())) throw waitsForItself();
  }

  /** Has a child end with its parent. */
  began(child: ExecutionRunner): void {
    const { parent } = child.caller;
    const runner = parent && this.#runners.get(parent.executionId);
    if (runner === undefined) return;
    const siblings = this.#of(runner.execution.id);
    siblings.set(
      child,
      onAbort(runner.signal, () => void child.cancel()),
    );
    this.#children.set(runner.execution.id, siblings);
  }

  /** Cancels the children of an execution that has ended. */
  ended(runner: ExecutionRunner): void {
    for (const child of this.#of(runner.execution.id).keys()) void child.cancel();
    const { executionId = "" } = runner.caller.parent ?? {};
    const siblings = this.#of(executionId);
    void siblings.get(runner)?.dispose();
    siblings.delete(runner);
    if (siblings.size === 0) this.#children.delete(executionId);
  }

  #of(executionId: string): Map<ExecutionRunner, Disposable> {
    return this.#children.get(executionId) ?? new Map<ExecutionRunner, Disposable>();
  }

  #ancestors({ executionId }: ParentRef): ReadonlySet<ExecutionRunner> {
    const ancestors = new Set<ExecutionRunner>();
    let runner = this.#runners.get(executionId);
    while (runner !== undefined) {
      ancestors.add(runner);
      const { parent } = runner.caller;
      runner = parent && this.#runners.get(parent.executionId);
    }
    return ancestors;
  }

  /** Returns true if every task that holds the lane waits for one of the ancestors, so that no slot becomes free. */
  #isHeldBy(lane: Lane, ancestors: ReadonlySet<ExecutionRunner>, seen: Set<ExecutionRunner>): boolean {
    if (!lane.isFull) return false;
    const holders = [...this.#runners.values()].filter((runner) => runner.lane === lane && runner.isRunning);
    return holders.every((holder) => this.#waitsFor(holder, ancestors, seen));
  }

  #waitsFor(runner: ExecutionRunner, ancestors: ReadonlySet<ExecutionRunner>, seen: Set<ExecutionRunner>): boolean {
    if (ancestors.has(runner)) return true;
    if (seen.has(runner)) return false;
    seen.add(runner);
    return [...this.#of(runner.execution.id).keys()].some((child) => {
      if (child.isRunning) return this.#waitsFor(child, ancestors, seen);
      return child.lane !== undefined && this.#isHeldBy(child.lane, ancestors, seen);
    });
  }
}

function parentEnded(): BridgeError {
  return new BridgeError("CONFLICT", "The execution of the agent that requests this has ended.");
}

function tooDeep(): BridgeError {
  const message = `Agents have asked agents ${MAX_DEPTH} times in a row, which is the limit. Do this without another agent.`;
  return new BridgeError("CONFLICT", message, { limit: MAX_DEPTH });
}

function tooMany(): BridgeError {
  const message = `The agent already runs ${MAX_CHILDREN} commands at once. Try again when some have ended.`;
  return new BridgeError("RATE_LIMIT_EXCEEDED", message, { limit: MAX_CHILDREN });
}

function waitsForItself(): BridgeError {
  return new BridgeError(
    "CONFLICT",
    "An agent cannot prompt its own session, or one that waits for it: both would wait forever. Use another session, such as fresh.",
  );
}
