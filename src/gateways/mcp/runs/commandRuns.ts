import { type InputRequiredResult, isInputRequiredResult } from "@modelcontextprotocol/server";
import { onAbort } from "../../../base/abort.ts";
import { DisposableStore } from "../../../base/disposables.ts";
import type { BridgeEvent } from "../../../protocol/events.ts";
import type { ExecuteRequest, ExecutionRecord } from "../../../protocol/executions.ts";
import type { Place } from "../../../server/windows/windows.ts";
import type { CallProgress } from "../endpoint/progress.ts";
import type { ToolCall } from "../tools/toolDefinition.ts";
import type { Questions } from "./questions.ts";
import type { Runs } from "./runs.ts";

/** Runs commands for tool calls: one execution for each call, which ends with it unless it waits for an answer. */
export class CommandRuns {
  readonly #runs: Runs;
  readonly #questions: Questions;

  constructor(runs: Runs, questions: Questions) {
    this.#runs = runs;
    this.#questions = questions;
  }

  /**
   * Runs a command, reports its steps as progress, and cancels it when the call is cancelled. A repeated call that brings an
   * answer goes on with its execution.
   * @throws BridgeError as `Runs.start` and `Runs.whenSettled` do
   */
  async run(call: ToolCall, request: ExecuteRequest, place: Place): Promise<ExecutionRecord | InputRequiredResult> {
    const before = this.#runs.lastEventId;
    const id = this.#questions.stateOf(call)?.executionId ?? (await this.#runs.start(call, request, place));
    const store = new DisposableStore();
    // It may have ended already, which leaves nothing to cancel.
    const cancel = (): void => void this.#runs.cancel(call, id).catch(() => undefined);
    store.add(onAbort(call.signal, cancel));
    if (call.progress.isWanted) store.add(this.#runs.follow(id, before, (event) => reportStep(event, call.progress)));
    try {
      return await this.#questions.settle(call, id);
    } finally {
      await store.dispose();
    }
  }
}

export function isQuestion(settled: ExecutionRecord | InputRequiredResult): settled is InputRequiredResult {
  return isInputRequiredResult(settled);
}

/** Reports what an agent does, and that a command has begun. */
function reportStep(event: BridgeEvent, progress: CallProgress): void {
  if (event.type === "command-started") progress.report("The execution has started.");
  else if (event.type === "tool-call" && event.status !== "completed") progress.report(event.title);
  else if (event.type === "user-input-required") progress.report(`Waiting for an answer: ${event.prompt}`);
}
