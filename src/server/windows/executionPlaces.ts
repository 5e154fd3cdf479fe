import type { IncomingMessage } from "node:http";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import type { History } from "../../history/runHistory.ts";
import { unavailable } from "../../protocol/unavailable.ts";
import { callerOf, principalOf } from "../guards/principals.ts";
import { askAll } from "./askAll.ts";
import type { Placement } from "./placement.ts";
import type { OtherWindow } from "./windows.ts";

export interface ExecutionPlacesDeps {
  readonly placement: Placement;
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
  async ofExecution(request: IncomingMessage, id: string): Promise<ExecutionPlace> {
    const known = this.#known(request, id);
    return known ?? this.#ask(request, id);
  }

  /** Finds the window that has the most complete record. @throws BridgeError as `ofExecution` does */
  async ofRecord(request: IncomingMessage, id: string): Promise<ExecutionPlace> {
    const known = this.#known(request, id);
    if (known !== undefined) return known;
    const record = await this.#deps.history.find(id, principalOf(request));
    if (record === undefined) return this.#ask(request, id);
    return this.#placeOf(request, record.windowId) ?? here;
  }

  #known(request: IncomingMessage, id: string): ExecutionPlace | undefined {
    const { placement, executions, events } = this.#deps;
    if (executions.get(id) !== undefined || placement.othersFor(request).length === 0) return here;
    const window = placement.windowsFor(request).ofExecution(id);
    if (window !== undefined) return { kind: "window", window };
    const [event] = events.since(0, (candidate) => "executionId" in candidate && candidate.executionId === id);
    return event === undefined ? undefined : this.#placeOf(request, event.windowId);
  }

  #placeOf(request: IncomingMessage, windowId: string): ExecutionPlace | undefined {
    const window = this.#deps.placement.othersFor(request).find(({ record }) => record.id === windowId);
    return window && { kind: "window", window };
  }

  async #ask(request: IncomingMessage, id: string): Promise<ExecutionPlace> {
    const path = `/api/kiro/executions/${encodeURIComponent(id)}`;
    const call = { method: "HEAD", path, caller: callerOf(request) } as const;
    const answers = await askAll(this.#deps.placement.othersFor(request), call);
    const found = answers.find(({ answer }) => answer?.status === 200);
    if (found !== undefined) return { kind: "window", window: found.window };
    if (answers.every(({ answer }) => answer !== undefined)) return here;
    throw unavailable("window-gone", "A window that may have this execution does not respond. Send the request again.");
  }
}
