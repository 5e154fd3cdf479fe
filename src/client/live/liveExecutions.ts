import type { Disposable } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { BridgeEvent } from "../wireTypes.ts";
import { isFinal } from "../../protocol/executionStatus.ts";
import { reportListenerError } from "../reportListenerError.ts";
import { applyEvent, begunBy, interruptedBy } from "./applyEvent.ts";
import type { LiveExecution } from "./liveExecution.ts";

const DEFAULT_OUTPUT_LENGTH = 32 * 1024;

export interface LiveExecutionsOptions {
  /** Maximum length of the end of each output that is kept, in characters; 32 Ki by default. */
  readonly maxOutputLength?: number | undefined;
}

/**
 * The executions that have not ended, oldest first, kept current by events alone. Apply the events in their order, each
 * once. Executions that began before the first event are not listed: `events({ since: 0 })` begins with everything that
 * the bridge keeps. After `events-lost`, what is listed may have ended in the meantime: `reset` the list.
 */
export class LiveExecutions implements Disposable {
  readonly #rows = new Map<string, LiveExecution>();
  readonly #maxOutputLength: number;
  #list: readonly LiveExecution[] | undefined;
  readonly #ended = new Emitter<LiveExecution>(reportListenerError);
  /** An execution has ended and has been removed. A listener that throws affects neither the others nor the list. */
  readonly onDidEnd = this.#ended.event;

  constructor({ maxOutputLength = DEFAULT_OUTPUT_LENGTH }: LiveExecutionsOptions = {}) {
    this.#maxOutputLength = maxOutputLength;
  }

  /** Returns the same array until something changes. */
  get rows(): readonly LiveExecution[] {
    return (this.#list ??= [...this.#rows.values()]);
  }

  get(id: string): LiveExecution | undefined {
    return this.#rows.get(id);
  }

  /** Replaces all rows. */
  reset(rows: readonly LiveExecution[] = []): void {
    this.#list = undefined;
    this.#rows.clear();
    for (const row of rows) this.#rows.set(row.id, row);
  }

  apply(event: BridgeEvent): void {
    if (event.type === "window-left") this.#interruptAll(event.leftWindowId, event);
    if (!("executionId" in event)) return;
    const known = this.#rows.get(event.executionId);
    const row = known === undefined ? begunBy(event) : applyEvent(known, event, this.#maxOutputLength);
    if (row !== undefined) this.#put(row);
  }

  /** Replaces the row of an execution, unless it has ended. */
  update(row: LiveExecution): void {
    if (this.#rows.has(row.id)) this.#put(row);
  }

  dispose(): void {
    this.#ended.dispose();
  }

  /** Ends what ran in a window that has ended: if it had the address, no other event reports these ends. */
  #interruptAll(windowId: string, event: Extract<BridgeEvent, { type: "window-left" }>): void {
    if (event.reason === "not-responding") return;
    for (const row of this.#rows.values()) if (row.windowId === windowId) this.#put(interruptedBy(event, row));
  }

  #put(row: LiveExecution): void {
    this.#list = undefined;
    if (isFinal(row.status)) {
      this.#rows.delete(row.id);
      this.#ended.fire(row);
    } else this.#rows.set(row.id, row);
  }
}
