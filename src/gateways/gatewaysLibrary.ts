import { systemClock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { EngineDirectory } from "../core/models/engineDirectory.ts";
import type { ChatDeps } from "../server/routes/chat.ts";
import type { SessionsPart } from "../server/sessions/agentSessions.ts";
import type { ServerContext } from "../server/serverModule.ts";
import type { Gateways } from "./door/lateLibraries.ts";
import { RecentPlaces } from "./door/recentPlaces.ts";
import type { GatewaySettings } from "./door/settings.ts";
import type { LentServers } from "./turns/lending.ts";
import { messageHandlers } from "./anthropic/messageHandlers.ts";
import { chatCompletions } from "./openai/chat/chatCompletions.ts";
import { embeddings } from "./openai/embeddings/embeddings.ts";
import { modelHandlers } from "./openai/models/models.ts";
import { Responses } from "./openai/responses/responses.ts";
import { composeTurns } from "./turns/composeTurns.ts";
import { createEmbedTexts } from "./turns/engines/embedTexts.ts";
import { createEngineDoor } from "./turns/engines/engineDoor.ts";
import { modelsOfEngines } from "./turns/engines/selectedEngine.ts";
import { agentModels, type ReadModels } from "./turns/models.ts";

/** Collaborators from the bridge. */
export interface GatewaysPorts {
  readonly server: Pick<ServerContext, "core" | "clients" | "placement" | "limits">;
  readonly kiro: SessionsPart & Pick<ChatDeps, "extractJson" | "schemas"> & { readonly listModels: ReadModels };
  readonly engines: EngineDirectory;
  /** The settings, which may change at any time. */
  readonly settings: () => GatewaySettings;
  /** The MCP servers by which agents call the tools of clients. */
  readonly lentServers: LentServers;
  readonly windowId: string;
  readonly logger: Logger;
}

/** Composes the gateways of OpenAI and Anthropic with plain constructor calls. */
export function composeGateways({ server, settings, ...ports }: GatewaysPorts): Gateways {
  const { engines } = ports;
  const ofEngines = () => modelsOfEngines(engines);
  const models = agentModels(ports.kiro.listModels, async () => (await ofEngines()).map(({ id }) => id));
  const turns = composeTurns({ ...ports, server, settings, models });
  const places = new RecentPlaces(systemClock);
  const toEngines = { ...server, ...server.core, engines, logger: ports.logger };
  const door = createEngineDoor({ ...toEngines, settings });
  const deps = { placement: server.placement, places, settings, serve: turns.serveTurn, door };
  const responses = new Responses({ ...deps, clock: systemClock });
  return {
    overview: () => turns.overview(),
    turns: turns.turns,
    // One line for each operation of a protocol.
    handlers: {
      ...modelHandlers({
        ...deps,
        models,
        modelsOfEngines: ofEngines,
        aliases: () => settings()["gateways.modelAliases"],
      }),
      chatCompletions: chatCompletions(deps),
      createEmbeddings: embeddings({ ...deps, embed: createEmbedTexts(toEngines) }),
      ...messageHandlers(deps),
      createResponse: responses.create,
      retrieveResponse: responses.retrieve,
      deleteResponse: responses.remove,
      cancelResponse: responses.cancel,
    },
    dispose: async () => {
      await turns.dispose();
      responses.dispose();
    },
  };
}
