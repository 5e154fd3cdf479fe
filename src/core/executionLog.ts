import type { Disposable } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import { Execution } from "./execution.ts";
import type { EventWriter } from "./outputCoalescer.ts";
import type { Task } from "./ports.ts";

export interface ExecutionLogLimits {
  /** How many ended executions stay readable. */
  readonly maxEnded: number;
  /** How much text they may hold together, in characters. */
  readonly maxWeight: number;
}

const defaultLimits: ExecutionLogLimits = { maxEnded: 1000, maxWeight: 64 * 1024 * 1024 };

/** All executions of this life of the bridge: those on their way, and the latest that ended. */
export class ExecutionLog implements Disposable {
  readonly #executions = new Map<string, Execution>();
  /** In the order of their end. */
  readonly #ended = new Set<Execution>();
  readonly #active = new Set<Execution>();
  readonly #changed = new Emitter<Execution>();
  readonly #events: EventWriter;
  readonly #windowId: string;
  readonly #limits: ExecutionLogLimits;
  #counter = 0;
  #weight = 0;

  constructor(events: EventWriter, windowId: string, limits: ExecutionLogLimits = defaultLimits) {
    this.#events = events;
    this.#windowId = windowId;
    this.#limits = limits;
  }

  /** An execution was made, or reported a step. */
  readonly onDidChange = this.#changed.event;

  /** Those that are not final, oldest first. */
  get active(): ReadonlySet<Execution> {
    return this.#active;
  }

  /** All that are kept, oldest first. */
  get all(): ReadonlyMap<string, Execution> {
    return this.#executions;
  }

  create(task: Task, target: "editor" | "cli"): Execution {
    const execution: Execution = new Execution({
      id: `exec-${Date.now()}-${++this.#counter}`,
      task,
      target,
      windowId: this.#windowId,
      report: (event) => {
        this.#events.append(event);
        if (execution.isSettled) this.#retire(execution);
        this.#changed.fire(execution);
      },
    });
    this.#executions.set(execution.id, execution);
    this.#active.add(execution);
    return execution;
  }

  get(id: string): Execution | undefined {
    return this.#executions.get(id);
  }

  /** Forgets those that have ended. */
  clear(): void {
    for (const { id } of this.#ended) this.#executions.delete(id);
    this.#ended.clear();
    this.#weight = 0;
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #retire(execution: Execution): void {
    this.#active.delete(execution);
    this.#ended.add(execution);
    this.#weight += execution.weight;
    for (const oldest of this.#ended) {
      if (this.#ended.size <= this.#limits.maxEnded && this.#weight <= this.#limits.maxWeight) return;
      this.#weight -= oldest.weight;
      this.#ended.delete(oldest);
      this.#executions.delete(oldest.id);
    }
  }
}
