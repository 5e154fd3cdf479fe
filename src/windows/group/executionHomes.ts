import { orderOf } from "../../core/executions/runOrder.ts";

const MAX_EXECUTIONS = 10_000;

/** Finds the windows of executions. */
export class ExecutionHomes {
  /** Windows by execution. The oldest are evicted. */
  readonly #windows = new Map<string, string>();
  /** Windows by the part of an execution's ID that identifies the run of the bridge. */
  readonly #lives = new Map<string, string>();

  add(executionId: string, windowId: string): void {
    if (this.#windows.has(executionId)) return;
    const life = orderOf(executionId)?.life;
    if (life !== undefined && life !== "") this.#lives.set(life, windowId);
    this.#windows.set(executionId, windowId);
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > MAX_EXECUTIONS && oldest !== undefined) this.#windows.delete(oldest);
  }

  windowOf(executionId: string): string | undefined {
    return this.#windows.get(executionId) ?? this.#lives.get(orderOf(executionId)?.life ?? "");
  }

  /** Removes the executions of a window that has ended. */
  forget(windowId: string): void {
    for (const entries of [this.#windows, this.#lives]) {
      for (const [id, at] of entries) if (at === windowId) entries.delete(id);
    }
  }
}
