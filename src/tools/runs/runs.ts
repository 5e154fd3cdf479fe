import { onAbort } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { accessEnded } from "../../core/access/scopes.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { BridgeEvent, EventType } from "../../protocol/events.ts";
import { isFinal } from "../../protocol/executionStatus.ts";
import { cancelResponseSchema, executeResponseSchema, executionSchema } from "../../protocol/executions.ts";
import type { CancelResponse, ExecuteRequest, ExecutionRecord } from "../../protocol/executions.ts";
import type { InputAnswer } from "../../protocol/input.ts";
import { unavailable } from "../../protocol/unavailable.ts";
import type { CoreDeps } from "../../server/serverModule.ts";
import { errorFrom } from "../../server/windows/errorFrom.ts";
import { ExecutionPlaces } from "../../server/windows/executionPlaces.ts";
import type { Placement } from "../../server/windows/placement.ts";
import type { OtherWindow, Place, WindowCall } from "../../server/windows/windows.ts";
import type { RunCall } from "../table/toolCall.ts";

/** Interval in milliseconds at which an execution is read again, although no event of it has come. */
const READ_AGAIN_MS = 5000;

/** The events after which a call may have its result, or must ask its client. */
const turningPoints: ReadonlySet<EventType> = new Set([
  "command-completed",
  "command-error",
  "command-cancelled",
  "user-input-required",
  "input-accepted",
  "input-expired",
]);

export interface RunsDeps {
  readonly core: Pick<CoreDeps, "dispatcher" | "executions" | "events" | "history">;
  readonly placement: Pick<Placement, "destinationIn">;
  readonly clock: Clock;
}

/** The executions of tool calls, in whichever window they run. */
export class Runs {
  readonly #deps: RunsDeps;
  readonly #places: ExecutionPlaces;

  constructor(deps: RunsDeps) {
    this.#deps = deps;
    this.#places = new ExecutionPlaces(deps.core);
  }

  /**
   * Starts an execution in the window of a place.
   * @returns its ID
   * @throws BridgeError as `Placement.destinationOf` and `Dispatcher.submit` do
   */
  async start(call: RunCall, request: ExecuteRequest, place: Place): Promise<string> {
    const { core, placement } = this.#deps;
    const destination = await placement.destinationIn(call.windows, place);
    if (destination.kind !== "window") return (await core.dispatcher.submit(request, call.caller)).id;
    const body = await this.#ask(destination.window, {
      method: "POST",
      path: "/api/kiro/execute",
      caller: call.caller,
      body: request,
      headers: { prefer: "respond-async" },
    });
    return executeResponseSchema.parse(body).executionId;
  }

  /** @throws BridgeError NOT_FOUND, also for one that the caller may not see; KIRO_UNAVAILABLE (`window-gone`) */
  async record(call: RunCall, id: string): Promise<ExecutionRecord> {
    const { caller } = call;
    const place = await this.#places.ofRecord(call, id);
    if (place.kind === "window") {
      const body = await this.#ask(place.window, { method: "GET", path: pathOf(id), caller });
      return executionSchema.parse(body);
    }
    const record = await this.#deps.core.history.find(id, caller.principal);
    if (record === undefined) throw new BridgeError("NOT_FOUND", "There is no execution with this ID.");
    return record;
  }

  /**
   * Waits until an execution has ended, or asks another question than the one that was seen.
   * @throws BridgeError as `record` does; AUTHENTICATION_FAILED if the access of the caller has ended meanwhile; the reason
   * of the call's signal
   */
  async whenSettled(call: RunCall, id: string, seenQuestion?: string): Promise<ExecutionRecord> {
    for (;;) {
      const change = this.#nextChange(id, call.signal);
      try {
        const record = await this.record(call, id);
        const { status, pendingInput } = record;
        if (!call.caller.principal.isActive) throw accessEnded();
        if (isFinal(status) || (pendingInput !== undefined && pendingInput.questionId !== seenQuestion)) return record;
        await change.promise;
      } finally {
        await change.dispose();
      }
    }
  }

  /** @throws BridgeError as `Dispatcher.cancel` does */
  async cancel(call: RunCall, id: string): Promise<CancelResponse> {
    const { caller } = call;
    const place = await this.#places.ofExecution(call, id);
    if (place.kind === "here") return this.#deps.core.dispatcher.cancel(id, caller);
    const body = await this.#ask(place.window, { method: "POST", path: `${pathOf(id)}/cancel`, caller, body: {} });
    return cancelResponseSchema.parse(body);
  }

  /** @throws BridgeError as `Dispatcher.answer` does */
  async answer(call: RunCall, answer: InputAnswer): Promise<void> {
    const { caller } = call;
    const place = await this.#places.ofExecution(call, answer.executionId);
    if (place.kind === "here") this.#deps.core.dispatcher.answer(answer, caller);
    else await this.#ask(place.window, { method: "POST", path: "/api/kiro/input", caller, body: answer });
  }

  /** Returns the ID of the newest event. */
  get lastEventId(): number {
    return this.#deps.core.events.lastId;
  }

  /** Calls back with each event of an execution after another event. */
  follow(id: string, after: number, listener: (event: BridgeEvent) => void): Disposable {
    const { events } = this.#deps.core;
    const isOfExecution = (event: BridgeEvent): boolean => "executionId" in event && event.executionId === id;
    for (const event of events.since(after, isOfExecution)) listener(event);
    return events.onDidAppend((event) => {
      if (isOfExecution(event)) listener(event);
    });
  }

  #nextChange(id: string, signal: AbortSignal): Disposable & { readonly promise: Promise<void> } {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const store = new DisposableStore();
    store.add(this.#deps.clock.after(READ_AGAIN_MS, resolve));
    store.add(onAbort(signal, reject));
    store.add(
      this.follow(id, this.lastEventId, ({ type }) => {
        if (turningPoints.has(type)) resolve();
      }),
    );
    promise.catch(() => undefined);
    return { promise, dispose: () => store.dispose() };
  }

  async #ask(window: OtherWindow, call: WindowCall): Promise<unknown> {
    const { status, body } = await window.call(call);
    if (status >= 400) throw errorFrom(body);
    try {
      return JSON.parse(body);
    } catch {
      throw unavailable("window-gone", "Another window has sent an invalid response. Send the request again.");
    }
  }
}

function pathOf(id: string): string {
  return `/api/kiro/executions/${encodeURIComponent(id)}`;
}
