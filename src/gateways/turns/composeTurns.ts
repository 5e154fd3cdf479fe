import { systemClock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import type { EngineDirectory } from "../../core/models/engineDirectory.ts";
import type { ChatDeps } from "../../server/routes/chat.ts";
import type { SessionsPart } from "../../server/sessions/agentSessions.ts";
import type { ServerContext } from "../../server/serverModule.ts";
import { AgentTurns } from "./agentTurns.ts";
import { EngineTurns } from "./engines/engineTurns.ts";
import type { LentServers } from "./lending.ts";
import type { AgentModels } from "./models.ts";
import type { ServeTurn } from "./renderer.ts";
import { createServeTurn } from "./serveTurn.ts";
import type { ConversationRecord } from "./overview.ts";
import type { Turns } from "./turn.ts";
import { TurnRouter } from "./turnRouter.ts";
import type { TurnSettings } from "./turnSettings.ts";

export interface TurnsPorts {
  readonly server: Pick<ServerContext, "core" | "clients">;
  readonly kiro: Pick<SessionsPart, "closeSession"> & Pick<ChatDeps, "extractJson" | "schemas">;
  readonly models: AgentModels;
  readonly engines: EngineDirectory;
  /** Undefined if agents cannot call tools of clients. */
  readonly lentServers: LentServers | undefined;
  readonly settings: () => TurnSettings;
  readonly windowId: string;
  readonly logger: Logger;
}

/** The turns of this window, and their side of HTTP. */
export interface ComposedTurns extends Disposable {
  readonly turns: Turns;
  readonly serveTurn: ServeTurn;
  /** Returns the conversations with agents. */
  overview(): readonly ConversationRecord[];
  dispose(): Promise<void>;
}

/** Composes what the protocols share. */
export function composeTurns({ server, kiro, ...ports }: TurnsPorts): ComposedTurns {
  const { agentChoice, dispatcher, events } = server.core;
  const agents = new AgentTurns({ ...ports, ...kiro, dispatcher, events, clock: systemClock });
  const models = new EngineTurns({ ...ports, dispatcher });
  const { engines, settings } = ports;
  const turns = new TurnRouter({ agents, models, engines, agentChoice, settings });
  const serveTurn = createServeTurn({ turns, clients: server.clients, clock: systemClock });
  return { turns, serveTurn, overview: () => agents.overview(), dispose: () => agents.dispose() };
}
