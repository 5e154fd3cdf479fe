import { type Disposable, toDisposable } from "../../../base/disposables.ts";
import type { EventLog } from "../../../core/events/eventLog.ts";
import type { BridgeEvent } from "../../../protocol/events.ts";

type Listener = (event: BridgeEvent) => void;

/** The events of executions, for one listener of each, without a look at them for all others. */
export class ExecutionEvents implements Disposable {
  readonly #log: Pick<EventLog, "lastId" | "onDidAppend" | "since">;
  readonly #listeners = new Map<string, Listener>();
  readonly #listening: Disposable;

  constructor(log: Pick<EventLog, "lastId" | "onDidAppend" | "since">) {
    this.#log = log;
    this.#listening = log.onDidAppend((event) => {
      if ("executionId" in event) this.#listeners.get(event.executionId)?.(event);
    });
  }

  /** The newest event, after which an execution that is yet to be created begins. */
  get lastId(): number {
    return this.#log.lastId;
  }

  /** Calls back for each event of an execution after the event `after`, in order. */
  follow(executionId: string, after: number, listener: Listener): Disposable {
    const isWanted = (event: BridgeEvent): boolean => "executionId" in event && event.executionId === executionId;
    for (const event of this.#log.since(after, isWanted)) listener(event);
    this.#listeners.set(executionId, listener);
    return toDisposable(() => void this.#listeners.delete(executionId));
  }

  dispose(): void {
    void this.#listening.dispose();
    this.#listeners.clear();
  }
}
