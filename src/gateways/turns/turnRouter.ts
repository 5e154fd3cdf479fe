import type { EngineDirectory } from "../../core/models/engineDirectory.ts";
import type { AgentTurns } from "./agentTurns.ts";
import type { EngineTurns } from "./engines/engineTurns.ts";
import { selectedEngine } from "./engines/selectedEngine.ts";
import type { TurnRequest, TurnResponse, Turns } from "./turn.ts";
import type { TurnSettings } from "./turnSettings.ts";

export interface TurnRouterDeps {
  readonly agents: Pick<AgentTurns, "respond">;
  readonly models: Pick<EngineTurns, "respond">;
  readonly engines: EngineDirectory;
  readonly settings: () => Pick<TurnSettings, "gateways.modelAliases">;
}

/** Leads each request to the agent or the engine that its model names. */
export class TurnRouter implements Turns {
  readonly #deps: TurnRouterDeps;

  constructor(deps: TurnRouterDeps) {
    this.#deps = deps;
  }

  async respond(request: TurnRequest): Promise<TurnResponse> {
    const { agents, models, engines, settings } = this.#deps;
    const selected = selectedEngine(request.model, settings()["gateways.modelAliases"], engines);
    return await (selected === undefined ? agents.respond(request) : models.respond(request, selected));
  }
}
