import { type InputRequiredResult, isInputRequiredResult } from "@modelcontextprotocol/server";
import { onAbort } from "../../../base/abort.ts";
import { DisposableStore } from "../../../base/disposables.ts";
import type { BridgeEvent } from "../../../protocol/events.ts";
import type { ExecuteRequest, ExecutionRecord } from "../../../protocol/executions.ts";
import type { CallProgress } from "../endpoint/progress.ts";
import { placeOf } from "../tools/places.ts";
import type { ToolCall } from "../tools/toolDefinition.ts";
import type { Questions } from "./questions.ts";
import { runOutcome } from "./runResult.ts";
import type { Runs } from "./runs.ts";

/** An execution that has ended or waits for others, or the question that its client is asked. */
type Settled = ExecutionRecord | InputRequiredResult;

/** Runs commands for tool calls: one execution for each call, which ends with it unless it waits for an answer. */
export class CommandRuns {
  readonly #runs: Runs;
  readonly #questions: Questions;

  constructor(runs: Runs, questions: Questions) {
    this.#runs = runs;
    this.#questions = questions;
  }

  /** Runs a command as `run` does, for a tool whose result is the execution. */
  async result(call: ToolCall, request: ExecuteRequest, workspace?: string) {
    const settled = await this.run(call, request, workspace);
    return isQuestion(settled) ? settled : runOutcome(settled);
  }

  /**
   * Runs a command, reports its steps as progress, and cancels it when the call is cancelled. A repeated call that brings an
   * answer goes on with its execution.
   * @param workspace a folder of the window in which it runs
   * @throws BridgeError as `Runs.start` and `Runs.whenSettled` do
   */
  async run(call: ToolCall, request: ExecuteRequest, workspace?: string): Promise<Settled> {
    const located = { ...request, ...(workspace !== undefined && { workspacePath: workspace }) };
    const before = this.#runs.lastEventId;
    const id =
      this.#questions.stateOf(call)?.executionId ?? (await this.#runs.start(call, located, placeOf(call, workspace)));
    const store = new DisposableStore();
    // It may have ended already, which leaves nothing to cancel.
    const cancel = (): void => void this.#runs.cancel(call, id).catch(() => undefined);
    store.add(onAbort(call.signal, cancel));
    if (call.progress.isWanted) store.add(this.#runs.follow(id, before, (event) => reportStep(event, call.progress)));
    try {
      return await this.#questions.settle(call, id);
    } catch (error) {
      if (!call.caller.principal.isActive) cancel();
      throw error;
    } finally {
      await store.dispose();
    }
  }
}

export function isQuestion(settled: Settled): settled is InputRequiredResult {
  return isInputRequiredResult(settled);
}

/** Reports what an agent does, and that a command has begun. */
function reportStep(event: BridgeEvent, progress: CallProgress): void {
  if (event.type === "command-started") progress.report("The execution has started.");
  else if (event.type === "tool-call" && event.status !== "completed") progress.report(event.title);
  else if (event.type === "user-input-required") progress.report(`Waiting for an answer: ${event.prompt}`);
}
