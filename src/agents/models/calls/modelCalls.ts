import { abortable } from "../../../base/deadline.ts";
import type { ModelCall } from "../../../core/models/modelCall.ts";
import type { StepUsage } from "../../../core/models/step.ts";
import type { Outcome, RunContext } from "../../../core/ports.ts";
import { invalid } from "../../../protocol/validate.ts";
import type { UsageLedger } from "../../engines/ports.ts";
import type { Engine } from "../engine.ts";
import { EngineClock } from "../engineClock.ts";
import { bridgeErrorOf } from "../failures/bridgeErrorOf.ts";
import { stepEvents } from "../stepEvents.ts";
import { UnfinishedStep } from "../answers/unfinishedStep.ts";
import type { PassedCall } from "../wire.ts";
import { costOf } from "../usage/cost.ts";

type CallOf<Kind extends ModelCall["kind"]> = Extract<ModelCall, { readonly kind: Kind }>;

/** The end of a call, and what it has used as far as the vendor has said. */
interface CallEnd {
  readonly model: string;
  readonly usage: StepUsage | undefined;
  readonly finishReason?: string;
  /** The status of a response that the vendor has sent in place of an answer. */
  readonly failedStatus?: number;
}

/** Runs the requests of gateways to the models of one engine. They are never repeated: their clients do that. */
export class ModelCalls {
  readonly #engine: Engine;
  readonly #ledger: UsageLedger;

  constructor(engine: Engine, ledger: UsageLedger) {
    this.#engine = engine;
    this.#ledger = ledger;
  }

  /** @throws BridgeError */
  async run(call: ModelCall, context: RunContext): Promise<Outcome> {
    const { id } = this.#engine.settings;
    await this.#ledger.assertWithin(id, context.caller.principal.id);
    const monitor = new EngineClock(this.#engine, context.signal);
    try {
      monitor.signal.throwIfAborted();
      const end = await abortable(this.#send(call, context, monitor), monitor.signal);
      return this.#outcomeOf(end, context);
    } catch (error) {
      if (monitor.stop?.kind === "cancel") return { kind: "cancelled", how: "cooperative" };
      throw monitor.stop?.error ?? bridgeErrorOf(error, id);
    } finally {
      monitor.dispose();
    }
  }

  async #send(call: ModelCall, context: RunContext, monitor: EngineClock): Promise<CallEnd> {
    switch (call.kind) {
      case "step":
        return await this.#step(call, context, monitor);
      case "raw":
        return await this.#pass(call, context, monitor);
      case "embed":
        return await this.#embed(call, context, monitor);
    }
  }

  async #step({ request, onEvent }: CallOf<"step">, context: RunContext, monitor: EngineClock): Promise<CallEnd> {
    context.began();
    let end: CallEnd = { model: request.model, usage: undefined };
    const said = new UnfinishedStep(request);
    try {
      for await (const event of stepEvents(this.#engine.wire, request, monitor.signal)) {
        monitor.clock.recordActivity();
        said.add(event);
        if (event.type === "text") context.output(event.text);
        if (event.type === "end") {
          const { model, usage, finish } = event.result;
          end = { model, usage, finishReason: finish };
        }
        await this.#deliver(() => onEvent(event), monitor);
      }
      return end;
    } catch (error) {
      // A client that leaves before the end would never reach its limit.
      this.#count(end.model, end.usage ?? said.usage, context);
      throw error;
    }
  }

  async #pass(call: CallOf<"raw">, context: RunContext, monitor: EngineClock): Promise<CallEnd> {
    const { pass } = this.#engine.wire;
    if (pass === undefined) throw this.#unsupported("passes no requests through");
    context.began();
    const watched: PassedCall = {
      ...call,
      onHead: (head) => {
        monitor.clock.recordActivity();
        call.onHead(head);
      },
      onBytes: async (bytes) => {
        monitor.clock.recordActivity();
        await this.#deliver(() => call.onBytes(bytes), monitor);
      },
      onUnfinished: ({ usage, model = call.model }) => void this.#count(model, usage, context),
    };
    const { status, usage, model = call.model } = await pass(watched, monitor.signal);
    return { model, usage, ...(status >= 400 && { failedStatus: status }) };
  }

  async #embed({ request, onResult }: CallOf<"embed">, context: RunContext, { signal }: EngineClock): Promise<CallEnd> {
    const { embed } = this.#engine.wire;
    if (embed === undefined) throw this.#unsupported("has no embeddings");
    context.began();
    const result = await embed(request, signal);
    onResult(result);
    return { model: result.model, usage: { inputTokens: result.inputTokens, outputTokens: 0 } };
  }

  /** Waits for the client, which is no silence of the model. */
  async #deliver(send: () => Promise<void>, { clock, signal }: EngineClock): Promise<void> {
    clock.pause();
    try {
      await abortable(send(), signal);
    } finally {
      clock.resume();
    }
  }

  #outcomeOf({ model, usage, finishReason, failedStatus }: CallEnd, context: RunContext): Outcome {
    const result = { model, ...(usage && this.#record(model, usage, finishReason, context)) };
    if (failedStatus !== undefined) {
      const error = `The vendor of '${this.#engine.name}' has answered with the status ${failedStatus}.`;
      return { kind: "failed", code: "COMMAND_EXECUTION_FAILED", error, result: { ...result, status: failedStatus } };
    }
    return { kind: "completed", result, ...(finishReason !== undefined && { stopReason: finishReason }) };
  }

  /** Counts what a call has used. @returns it by its names on the wire */
  #record(model: string, usage: StepUsage, finishReason: string | undefined, context: RunContext) {
    const { prices } = this.#engine.settings;
    const cost = this.#count(model, usage, context);
    const { cacheWriteTokens: _cacheWriteTokens, ...tokens } = usage;
    const used = { ...tokens, ...(cost !== undefined && { cost, currency: prices?.currency ?? "" }) };
    context.step({ step: 1, status: "completed", model, ...(finishReason !== undefined && { finishReason }), ...used });
    return used;
  }

  /** Counts for the limits of a day. @returns the cost, if the engine has prices */
  #count(model: string, usage: StepUsage | undefined, { executionId, caller }: RunContext): number | undefined {
    if (usage === undefined) return undefined;
    const { id: engineId, prices } = this.#engine.settings;
    const cost = costOf(usage, prices);
    const principalId = caller.principal.id;
    this.#ledger.record({ engineId, model, principalId, sessionId: undefined, executionId, usage, cost });
    return cost;
  }

  #unsupported(what: string): Error {
    const { settings, name } = this.#engine;
    return invalid("model", "unsupported", "another engine", settings.id, `the engine '${name}' ${what}`);
  }
}
