import { systemClock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { ServerContext } from "../server/serverModule.ts";
import type { Mcp } from "./door/lateLibraries.ts";
import type { GatewaySettings } from "./door/settings.ts";
import { McpGateway } from "./mcp/gateway/mcpGateway.ts";
import { LentServers } from "./mcp/lent/lentServers.ts";

/** Collaborators from the bridge. */
export interface McpPorts {
  readonly server: Pick<ServerContext, "core" | "clients" | "placement" | "limits" | "version">;
  /** The settings, which may change at any time. */
  readonly settings: () => GatewaySettings;
  /** Returns the base URL at which this window is reached now, without a trailing slash. */
  readonly url: () => string;
  readonly windowId: string;
  readonly logger: Logger;
}

/** Composes the MCP gateway with plain constructor calls. */
export function composeMcp({ server, settings, url, windowId, logger }: McpPorts): Mcp {
  const { placement, limits, version } = server;
  const shared = { placement, clock: systemClock, logger };
  const { maxBodyBytes } = limits;
  const lentServers = new LentServers({ ...shared, url }, { windowId, version, maxBodyBytes });
  const gateway = new McpGateway({ server, settings, clock: systemClock, logger });
  return {
    lentServers,
    serve: (request, response) => gateway.serve(request, response),
    serveLent: (request, response) => lentServers.serve(request, response),
    dispose: async () => void (await Promise.all([gateway.dispose(), lentServers.dispose()])),
  };
}
