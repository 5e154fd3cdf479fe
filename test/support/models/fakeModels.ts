import type { Models } from "../../../src/agents/engines/models.ts";
import type { EngineLibrary } from "../../../src/bridge/engines/enginesModule.ts";
import type { OpenAgentTools } from "../../../src/core/models/agentTools.ts";
import type { StartAgent } from "../../../src/agents/startAgent.ts";
import type { EngineModel } from "../../../src/core/models/engineDirectory.ts";
import type { ModelCall } from "../../../src/core/models/modelCall.ts";
import type { Outcome, RunContext } from "../../../src/core/ports.ts";
import { FakeStarts } from "../../unit/agents/fakeAgents.ts";

/** Models without a vendor: agents that do what a test says, and calls that it answers. */
export class FakeModels implements Models {
  readonly starts = new FakeStarts();
  readonly calls: ModelCall[] = [];
  /** Answers the calls of gateways. */
  answer: (call: ModelCall, context: RunContext) => Promise<Outcome> = async () => ({ kind: "completed" });
  /** Lists the models of a vendor. */
  list: (engineId: string, signal: AbortSignal) => Promise<readonly EngineModel[]> = async () => [];
  isDisposed = false;

  starterOf(): StartAgent {
    return this.starts.start;
  }

  async complete(_engineId: string, call: ModelCall, context: RunContext): Promise<Outcome> {
    this.calls.push(call);
    context.began();
    return await this.answer(call, context);
  }

  listModels(engineId: string, signal: AbortSignal): Promise<readonly EngineModel[]> {
    return this.list(engineId, signal);
  }

  listModelsOf(): Promise<never> {
    return Promise.reject(new Error("unused"));
  }

  test(): Promise<never> {
    return Promise.reject(new Error("unused"));
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
  }
}

/** The bundle with these models, which counts nothing. */
export function fakeLibrary(models: Models, openTools?: OpenAgentTools): EngineLibrary {
  const ledger = {
    overview: () => Promise.reject(new Error("unused")),
    dispose: async () => undefined,
  };
  return { models, ledger, openTools, countIn: () => undefined };
}
