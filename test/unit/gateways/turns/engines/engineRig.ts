import { silentLogger } from "../../../../../src/base/logger.ts";
import { EngineTurns } from "../../../../../src/gateways/turns/engines/engineTurns.ts";
import { TurnRouter } from "../../../../../src/gateways/turns/turnRouter.ts";
import type { TurnRequest, TurnResponse } from "../../../../../src/gateways/turns/turn.ts";
import { makeCore } from "../../../../support/core.ts";
import { FakeEngine, FakeEngines } from "../../../../support/gateways/fakeEngines.ts";
import { type ReadResponse, read, request, user } from "../turnsRig.ts";

/** The turns of a bridge without its server, with engines that the test writes. Its agent only says its name. */
export class EngineRig {
  readonly fast = new FakeEngine("fast", "openai-chat");
  readonly deep = new FakeEngine("deep", "anthropic", { defaultModel: "thinker" });
  readonly engines = new FakeEngines(this.fast, this.deep);
  readonly core = makeCore({ modules: [this.engines.module] });
  aliases: Readonly<Record<string, string>> = {};
  activity: "reasoning" | "none" = "reasoning";
  /** The engine that answers while Kiro is unavailable. */
  inPlaceOfKiro: string | undefined;
  readonly asksOfAgents: TurnRequest[] = [];
  readonly turns: TurnRouter;

  constructor() {
    const { engines, core } = this;
    const settings = () => ({ "gateways.activity": this.activity, "gateways.modelAliases": this.aliases });
    const { dispatcher } = core;
    const models = new EngineTurns({ engines, dispatcher, settings, windowId: "window-1", logger: silentLogger });
    const agentChoice = { inPlaceOfKiro: async () => this.inPlaceOfKiro };
    const agents = { respond: (asked: TurnRequest) => this.#refuse(asked) };
    this.turns = new TurnRouter({ agents, models, engines, settings, agentChoice });
  }

  /** Asks, and reads to the end as a client does. */
  async ask(more: Parameters<typeof request>[1] = {}, messages = [user("Hi")]): Promise<ReadResponse> {
    return await read(await this.turns.respond(request(messages, { model: "fast", ...more })));
  }

  dispose(): void {
    this.core.dispatcher.dispose();
  }

  #refuse(asked: TurnRequest): Promise<TurnResponse> {
    this.asksOfAgents.push(asked);
    return Promise.reject(new Error("agent"));
  }
}
