import type { EngineTarget } from "../../agents/engines/engineTarget.ts";
import { KIRO } from "../../core/models/agentChoice.ts";
import { engineCommand } from "../../core/models/engineDirectory.ts";
import { addSessions } from "../../server/routes/sessions.ts";
import { AgentSessions, type SessionsPart } from "../../server/sessions/agentSessions.ts";
import type { BridgeModule } from "../bridgeModule.ts";
import type { KiroModule } from "../kiroModule.ts";
import type { EnginesModule } from "./enginesModule.ts";

/** Returns the modules of Kiro and of the engines, and that of the sessions of both. */
export function agentModules(kiro: KiroModule, engines: EnginesModule | undefined): readonly BridgeModule[] {
  return [kiro, ...(engines === undefined ? [] : [engines]), sessionsModule(kiro.kiro, engines?.targets ?? [])];
}

function sessionsModule(kiro: SessionsPart, engines: readonly EngineTarget[]): BridgeModule {
  const ofKiro = {
    agent: KIRO,
    prefix: "kiro.cli.",
    sessions: kiro.sessions.bind(kiro),
    closeSession: kiro.closeSession.bind(kiro),
  };
  const ofEngines = engines.map((engine) => ({
    agent: engine.id,
    prefix: engineCommand(engine.id, ""),
    sessions: engine.sessions.bind(engine),
    closeSession: engine.closeSession.bind(engine),
  }));
  return {
    routes(router, { core, placement }) {
      addSessions(router, { agents: new AgentSessions(ofKiro, ofEngines, core.policy), placement });
    },
  };
}
