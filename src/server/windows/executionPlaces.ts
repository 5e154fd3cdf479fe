import type { EventLog } from "../../core/events/eventLog.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import type { History } from "../../history/runHistory.ts";
import { unavailable } from "../../protocol/unavailable.ts";
import { askAll } from "./askAll.ts";
import type { OtherWindow, Reach } from "./windows.ts";

export interface ExecutionPlacesDeps {
  readonly executions: Pick<ExecutionLog, "get">;
  readonly events: Pick<EventLog, "since">;
  readonly history: Pick<History, "find">;
}

/** The window that has an execution. */
export type ExecutionPlace = { readonly kind: "here" } | { readonly kind: "window"; readonly window: OtherWindow };

const here: ExecutionPlace = { kind: "here" };

/** Finds the window that has an execution: one in memory here, one that runs elsewhere, or one that has ended elsewhere. */
export class ExecutionPlaces {
  readonly #deps: ExecutionPlacesDeps;

  constructor(deps: ExecutionPlacesDeps) {
    this.#deps = deps;
  }

  /**
   * Finds a window that has the execution in memory, as far as this is known.
   * @throws BridgeError KIRO_UNAVAILABLE (`window-gone`) if no window has it, and one does not respond
   */
  async ofExecution(reach: Reach, id: string): Promise<ExecutionPlace> {
    const known = this.#known(reach, id);
    return known ?? this.#ask(reach, id);
  }

  /** Finds the window that has the most complete record. @throws BridgeError as `ofExecution` does */
  async ofRecord(reach: Reach, id: string): Promise<ExecutionPlace> {
    const known = this.#known(reach, id);
    if (known !== undefined) return known;
    const record = await this.#deps.history.find(id, reach.caller.principal);
    if (record === undefined) return this.#ask(reach, id);
    return this.#placeOf(reach, record.windowId) ?? here;
  }

  #known(reach: Reach, id: string): ExecutionPlace | undefined {
    const { executions, events } = this.#deps;
    if (executions.get(id) !== undefined || reach.windows.others.length === 0) return here;
    const window = reach.windows.ofExecution(id);
    if (window !== undefined) return { kind: "window", window };
    const [event] = events.since(0, (candidate) => "executionId" in candidate && candidate.executionId === id);
    return event === undefined ? undefined : this.#placeOf(reach, event.windowId);
  }

  #placeOf(reach: Reach, windowId: string): ExecutionPlace | undefined {
    const window = reach.windows.others.find(({ record }) => record.id === windowId);
    return window && { kind: "window", window };
  }

  async #ask(reach: Reach, id: string): Promise<ExecutionPlace> {
    const path = `/api/kiro/executions/${encodeURIComponent(id)}`;
    const call = { method: "HEAD", path, caller: reach.caller } as const;
    const answers = await askAll(reach.windows.others, call);
    const found = answers.find(({ answer }) => answer?.status === 200);
    if (found !== undefined) return { kind: "window", window: found.window };
    if (answers.every(({ answer }) => answer !== undefined)) return here;
    throw unavailable("window-gone", "A window that may have this execution does not respond. Send the request again.");
  }
}
