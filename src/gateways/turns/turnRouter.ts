import type { AgentChoice } from "../../core/models/agentChoice.ts";
import type { EngineDirectory } from "../../core/models/engineDirectory.ts";
import type { AgentTurns } from "./agentTurns.ts";
import type { EngineTurns } from "./engines/engineTurns.ts";
import { type SelectedEngine, selectedEngine } from "./engines/selectedEngine.ts";
import { type Aliases, namesKiro } from "./models.ts";
import type { TurnRequest, TurnResponse, Turns } from "./turn.ts";
import type { TurnSettings } from "./turnSettings.ts";

export interface TurnRouterDeps {
  readonly agents: Pick<AgentTurns, "respond">;
  readonly models: Pick<EngineTurns, "respond">;
  readonly engines: EngineDirectory;
  readonly agentChoice: Pick<AgentChoice, "inPlaceOfKiro">;
  readonly settings: () => Pick<TurnSettings, "gateways.modelAliases">;
}

/** Leads each request to the agent or the engine that its model names, or to the one that the user has set in place of Kiro. */
export class TurnRouter implements Turns {
  readonly #deps: TurnRouterDeps;

  constructor(deps: TurnRouterDeps) {
    this.#deps = deps;
  }

  async respond(request: TurnRequest): Promise<TurnResponse> {
    const { agents, models, engines, settings } = this.#deps;
    const aliases = settings()["gateways.modelAliases"];
    const selected = selectedEngine(request.model, aliases, engines) ?? (await this.#inPlaceOf(request.model, aliases));
    return await (selected === undefined ? agents.respond(request) : models.respond(request, selected));
  }

  /** Returns the engine that answers for Kiro, if the request is for Kiro and it is unavailable. */
  async #inPlaceOf(name: string, aliases: Aliases): Promise<SelectedEngine | undefined> {
    if (!namesKiro(name, aliases)) return undefined;
    const id = await this.#deps.agentChoice.inPlaceOfKiro();
    const engine = this.#deps.engines.list().find((entry) => entry.id === id);
    return engine && { engine, model: undefined };
  }
}
