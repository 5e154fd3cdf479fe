import type { Disposable } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { EventPayload } from "../../protocol/events.ts";
import type { Requester } from "../../protocol/executions.ts";
import { owner } from "../access/principal.ts";
import { Execution } from "./execution.ts";
import type { ExecutionOrigin } from "./executionOrigin.ts";
import type { EventWriter } from "./outputCoalescer.ts";
import type { HeldTurn } from "./heldTurn.ts";
import type { Task, TaskFields } from "../commands/target.ts";
import { RunIds } from "./runOrder.ts";
import { weightOf, weightOfTexts } from "./weight.ts";

export interface ExecutionLogLimits {
  /** Maximum number of stored executions that have ended. */
  readonly maxEnded: number;
  /** Maximum weight of those in characters, except that the latest is always stored; see `Execution.weight`. */
  readonly maxWeight: number;
  /**
   * Maximum weight of the requests of queued and running executions, in characters; a single one may be larger. A
   * command that hangs in the editor counts although its execution has ended, because its arguments are retained.
   */
  readonly maxActiveWeight: number;
}

/** The part of `maxActiveWeight` that each principal except the owner may use up. */
const PART_OF_PRINCIPAL = 0.25;

/** The data needed to evict an execution. */
interface Ended {
  readonly id: string;
  readonly weight: number;
}

const MEBI = 1024 * 1024;
const defaultLimits: ExecutionLogLimits = { maxEnded: 1000, maxWeight: 64 * MEBI, maxActiveWeight: 64 * MEBI };

/** The executions of this bridge: all active ones, and the latest that have ended. */
export class ExecutionLog implements Disposable {
  readonly #executions = new Map<string, Execution>();
  /** In the order of their end, with their weights. Entries before `#firstEnded` are empty. */
  #ended: (Ended | undefined)[] = [];
  #firstEnded = 0;
  readonly #active = new Set<Execution>();
  readonly #changed = new Emitter<Execution>();
  readonly #events: EventWriter;
  readonly #windowId: string;
  readonly #ids = new RunIds();
  readonly #limits: ExecutionLogLimits;
  #weight = 0;
  #activeWeight = 0;
  /** By principal. */
  readonly #activeWeights = new Map<string, number>();

  constructor(events: EventWriter, windowId: string, limits: ExecutionLogLimits = defaultLimits) {
    this.#events = events;
    this.#windowId = windowId;
    this.#limits = limits;
  }

  /** Fires when an execution is created or has reported an event. */
  readonly onDidChange = this.#changed.event;

  /** Executions that are not final, oldest first. */
  get active(): ReadonlySet<Execution> {
    return this.#active;
  }

  /** All stored executions, oldest first. */
  get all(): ReadonlyMap<string, Execution> {
    return this.#executions;
  }

  /**
   * Creates an execution; `release` it when its work has ended or will not start.
   * @throws BridgeError RATE_LIMIT_EXCEEDED with `{limit, active}` if active executions hold too much already, all together
   * or those of the same principal
   */
  create(
    task: Task,
    target: string,
    requestedBy?: Requester,
    origin: Omit<ExecutionOrigin, "requestedBy"> = {},
  ): Execution {
    const taskWeight = weightOfTask(task);
    const principalId = principalIdOf(requestedBy);
    const activeWeight = taskWeight + (heldBy(task)?.weight ?? 0);
    this.#assertRoom(activeWeight, principalId);
    const execution = new Execution({
      id: this.#ids.next(),
      task,
      taskWeight,
      target,
      windowId: this.#windowId,
      requestedBy,
      ...origin,
      report: this.#report,
    });
    this.#executions.set(execution.id, execution);
    this.#active.add(execution);
    this.#addActive(activeWeight, principalId);
    return execution;
  }

  /** Releases the weight of a created execution, once, when its work no longer holds the request. */
  release(execution: Execution): void {
    this.#dropInput(execution);
    this.#addActive(-execution.taskWeight, principalIdOf(execution.requestedBy));
  }

  /** Drops the input of a gateway and releases its weight when its prompt is sent. That of a model call is needed to the end. */
  releaseInput(execution: Execution): void {
    if (heldBy(execution.task)?.call === undefined) this.#dropInput(execution);
  }

  #dropInput({ task, requestedBy }: Execution): void {
    const weight = heldBy(task)?.release() ?? 0;
    if (weight > 0) this.#addActive(-weight, principalIdOf(requestedBy));
  }

  get(id: string): Execution | undefined {
    return this.#executions.get(id);
  }

  /** Removes executions that have ended. */
  clear(): void {
    for (const ended of this.#ended) if (ended !== undefined) this.#executions.delete(ended.id);
    this.#ended = [];
    this.#firstEnded = 0;
    this.#weight = 0;
  }

  dispose(): void {
    this.#changed.dispose();
  }

  readonly #report = (event: EventPayload, execution: Execution): void => {
    this.#events.append(event);
    if (execution.isSettled) this.#retire(execution);
    this.#changed.fire(execution);
  };

  #retire(execution: Execution): void {
    const { maxEnded, maxWeight } = this.#limits;
    this.#active.delete(execution);
    const { id, weight } = execution;
    this.#ended.push({ id, weight });
    this.#weight += weight;
    while (this.#endedCount > 1 && (this.#endedCount > maxEnded || this.#weight > maxWeight)) this.#evictOldest();
  }

  #evictOldest(): void {
    const oldest = this.#ended[this.#firstEnded];
    this.#ended[this.#firstEnded++] = undefined;
    if (this.#firstEnded > this.#endedCount) {
      this.#ended = this.#ended.slice(this.#firstEnded);
      this.#firstEnded = 0;
    }
    if (oldest === undefined) return;
    this.#weight -= oldest.weight;
    this.#executions.delete(oldest.id);
  }

  get #endedCount(): number {
    return this.#ended.length - this.#firstEnded;
  }

  #addActive(weight: number, principalId: string): void {
    this.#activeWeight += weight;
    const own = (this.#activeWeights.get(principalId) ?? 0) + weight;
    if (own === 0) this.#activeWeights.delete(principalId);
    else this.#activeWeights.set(principalId, own);
  }

  /**
   * Limits the memory of active executions: a full lane only bounds their number, and sessions have lanes of their own.
   */
  #assertRoom(weight: number, principalId: string): void {
    const { maxActiveWeight } = this.#limits;
    assertWithin(maxActiveWeight, this.#activeWeight, weight, "Queued and running commands");
    if (principalId === owner.id) return;
    const own = this.#activeWeights.get(principalId) ?? 0;
    assertWithin(maxActiveWeight * PART_OF_PRINCIPAL, own, weight, "Queued and running commands of this client");
  }
}

/** Estimates the memory of a task, which is determined by its client. */
function weightOfTask({ command, args, params, workspacePath = "", session = "" }: TaskFields): number {
  const weight = command.length + workspacePath.length + session.length + weightOfTexts(args);
  return params === undefined ? weight : weight + weightOf(params);
}

function heldBy(task: Task): HeldTurn | undefined {
  return task.kind === "chat" ? task.held : undefined;
}

function principalIdOf(requestedBy: Requester | undefined): string {
  return requestedBy?.principal?.id ?? owner.id;
}

/** A single execution may weigh more than the limit. */
function assertWithin(limit: number, active: number, weight: number, holders: string): void {
  if (active === 0 || active + weight <= limit) return;
  throw new BridgeError(
    "RATE_LIMIT_EXCEEDED",
    `${holders} hold ${active} characters of arguments, and this one would exceed the limit of ${limit}. Try again when some have ended.`,
    { limit, active },
  );
}
