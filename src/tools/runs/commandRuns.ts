import { onAbort } from "../../base/abort.ts";
import { DisposableStore } from "../../base/disposables.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import { placeOf } from "../table/places.ts";
import { AskFirst, type ToolCall, type ToolProgress } from "../table/toolCall.ts";
import type { ToolOutcome, ToolRequest } from "../table/toolDefinition.ts";
import { runOutcome, type RunResult } from "./runResult.ts";
import type { Runs } from "./runs.ts";

/** Runs commands for tool calls: one execution for each call, which ends with it unless it waits for an answer. */
export class CommandRuns {
  readonly #runs: Runs;

  constructor(runs: Runs) {
    this.#runs = runs;
  }

  /** Runs a command as `run` does, for a tool whose result is the execution. */
  async result<Q>(call: ToolCall<Q>, request: ToolRequest): Promise<ToolOutcome<RunResult> | AskFirst<Q>> {
    const settled = await this.run(call, request);
    return settled instanceof AskFirst ? settled : runOutcome(settled, call.addressOf);
  }

  /**
   * Runs a command, reports its steps as progress, and cancels it when the call is cancelled. A repeated call that brings an
   * answer goes on with its execution.
   * @throws BridgeError as `Runs.start` and `Runs.whenSettled` do
   */
  async run<Q>(call: ToolCall<Q>, { request, workspace }: ToolRequest): Promise<ExecutionRecord | AskFirst<Q>> {
    const located = { ...request, ...(workspace !== undefined && { workspacePath: workspace }) };
    const before = this.#runs.lastEventId;
    const id = call.asking.executionId ?? (await this.#runs.start(call, located, placeOf(call, workspace)));
    const store = new DisposableStore();
    // It may have ended already, which leaves nothing to cancel.
    const cancel = (): void => void this.#runs.cancel(call, id).catch(() => undefined);
    store.add(onAbort(call.signal, cancel));
    if (call.progress.isWanted) store.add(this.#runs.follow(id, before, (event) => reportStep(event, call.progress)));
    try {
      return await call.asking.settle(id);
    } catch (error) {
      if (!call.caller.principal.isActive) cancel();
      throw error;
    } finally {
      await store.dispose();
    }
  }
}

/** Reports what an agent does, and that a command has begun. */
function reportStep(event: BridgeEvent, progress: ToolProgress): void {
  if (event.type === "command-started") progress.report("The execution has started.");
  else if (event.type === "tool-call" && event.status !== "completed") progress.report(event.title);
  else if (event.type === "user-input-required") progress.report(`Waiting for an answer: ${event.prompt}`);
}
