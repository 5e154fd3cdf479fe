import { Emitter } from "../../base/events.ts";
import type { Disposable } from "../../base/disposables.ts";
import type { ExecutionRow } from "../contract/dashboard.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import { isFinal } from "../../protocol/executions.ts";
import { applyEvent, beginRow } from "./applyEvent.ts";

/** The executions that have not ended, oldest first, kept current by events alone. */
export class LiveExecutions implements Disposable {
  readonly #rows = new Map<string, ExecutionRow>();
  #list: readonly ExecutionRow[] | undefined;
  readonly #ended = new Emitter<ExecutionRow>();
  /** An execution has ended and has been removed. */
  readonly onDidEnd = this.#ended.event;

  /** Returns the same array until something changes. */
  get rows(): readonly ExecutionRow[] {
    return (this.#list ??= [...this.#rows.values()]);
  }

  get(id: string): ExecutionRow | undefined {
    return this.#rows.get(id);
  }

  /** Replaces all rows. */
  reset(rows: readonly ExecutionRow[]): void {
    this.#list = undefined;
    this.#rows.clear();
    for (const row of rows) this.#rows.set(row.id, row);
  }

  apply(event: BridgeEvent): void {
    if (!("executionId" in event)) return;
    const known = this.#rows.get(event.executionId);
    const row = known === undefined ? beginRow(event) : applyEvent(known, event);
    if (row === undefined) return;
    this.#list = undefined;
    if (isFinal(row.status)) {
      this.#rows.delete(row.id);
      this.#ended.fire(row);
    } else this.#rows.set(row.id, row);
  }

  /** Adds the details of a question that its event does not contain. */
  enrich(row: ExecutionRow): void {
    const known = this.#rows.get(row.id);
    if (known?.question === undefined || row.question?.questionId !== known.question.questionId) return;
    this.#list = undefined;
    this.#rows.set(row.id, { ...known, question: row.question });
  }

  /** Sets how many executions are ahead of each queued one, by its ID. */
  placeInQueue(positions: Readonly<Record<string, number>>): void {
    for (const [id, row] of this.#rows) {
      const position = positions[id];
      if (row.status !== "queued" || position === undefined || position === row.position) continue;
      this.#list = undefined;
      this.#rows.set(id, { ...row, position });
    }
  }

  dispose(): void {
    this.#ended.dispose();
  }
}
