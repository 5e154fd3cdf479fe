import type { Execution } from "../../../core/executions/execution.ts";
import type { CallPart, FinishReason, StepEvent, StepResult, StepUsage } from "../../../core/models/step.ts";
import type { BridgeError } from "../../../protocol/errors.ts";
import type { Piece, StopReason, ToolUse, Usage } from "../turn.ts";
import type { ToolNames } from "../tools/toolNames.ts";
import { failureOfModel } from "./modelFailure.ts";
import { PieceQueue } from "./pieceQueue.ts";

const stopReasons: Readonly<Record<FinishReason, StopReason>> = {
  stop: "end",
  length: "length",
  "tool-calls": "tool-use",
  refusal: "refusal",
  "stop-sequence": "stop-sequence",
};

export interface ModelReplyOptions {
  /** The names of the client's tools. */
  readonly names: Pick<ToolNames, "own">;
  readonly showsReasoning: boolean;
  /** True if the client takes one call only. */
  readonly takesOneCall: boolean;
  /** Called with the whole step, before the client gets its end. */
  readonly onResult: (result: StepResult) => void;
}

/** The response to one request while a model makes it. */
export class ModelReply {
  readonly queue = new PieceQueue();
  readonly #options: ModelReplyOptions;
  readonly #accepted = Promise.withResolvers<void>();
  #hasEnded = false;

  constructor(options: ModelReplyOptions) {
    this.#options = options;
    // Those who wait for it get the failure; none has to wait.
    this.#accepted.promise.catch(() => undefined);
  }

  /** Resolves with the first sign of the model. @throws BridgeError if it has failed before */
  get accepted(): Promise<void> {
    return this.#accepted.promise;
  }

  /** Takes the next event of the step. Resolves when the next one may come. */
  async take(event: StepEvent): Promise<void> {
    this.#accepted.resolve();
    switch (event.type) {
      case "text":
        return await this.queue.add({ type: "text", text: event.text });
      case "reasoning":
        if (this.#options.showsReasoning) await this.queue.add({ type: "activity", text: event.text });
        return;
      case "call-started":
        return;
      case "end":
        return await this.#end(event.result);
    }
  }

  /** Ends the response with its execution, unless the model has ended it. */
  settle(execution: Execution): void {
    if (this.#hasEnded) return;
    const { error, hasBegun } = failureOfModel(execution);
    this.fail(error, hasBegun);
  }

  fail(error: BridgeError, hasBegun: boolean): void {
    this.#hasEnded = true;
    this.#accepted.reject(error);
    void this.queue.add({ type: "failed", error, hasBegun });
  }

  async #end(result: StepResult): Promise<void> {
    this.#hasEnded = true;
    this.#options.onResult(result);
    const calls = this.#callsOf(result);
    if (calls.length > 0) await this.queue.add({ type: "calls", calls });
    await this.queue.add(endOf(result, calls.length > 0));
  }

  #callsOf({ parts }: StepResult): readonly ToolUse[] {
    const { names, takesOneCall } = this.#options;
    const calls = parts.filter((part): part is CallPart => part.type === "call");
    return calls
      .slice(0, takesOneCall ? 1 : undefined)
      .map(({ id, name, arguments: args }) => ({ id, name: names.own(name) ?? name, arguments: args || "{}" }));
  }
}

function endOf({ finish, stopSequence, usage }: StepResult, hasCalls: boolean): Piece {
  return {
    type: "end",
    // Some servers say that they have stopped, although they want a result.
    stopReason: hasCalls && finish === "stop" ? "tool-use" : stopReasons[finish],
    ...(stopSequence !== undefined && { stopSequence }),
    usage: usageOf(usage),
  };
}

function usageOf({ isEstimated = false, ...counts }: StepUsage): Usage {
  return { ...counts, ...(!isEstimated && { isExact: true }) };
}
