import { type Disposable, toDisposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import type { EngineDirectory } from "../../core/models/engineDirectory.ts";
import { vendorError } from "../../gateways/door/errorBodies.ts";
import { GatewayMetrics } from "../../gateways/door/gatewayMetrics.ts";
import { type Gateways, LateLibraries, type Mcp } from "../../gateways/door/lateLibraries.ts";
import type { GatewaySettings } from "../../gateways/door/settings.ts";
import { bridgeStopping } from "../../protocol/unavailable.ts";
import type { ServerContext } from "../../server/serverModule.ts";
import type { BridgeAddress } from "../bridgeAddress.ts";
import type { ConversationView } from "../../dashboard/contract/conversations.ts";
import type { BridgeModule } from "../bridgeModule.ts";
import type { KiroDeps } from "../kiroModule.ts";
import { conversationView } from "./conversationView.ts";
import { addGateways, addLentServers } from "./gatewayRoutes.ts";

export interface GatewaysModuleDeps {
  readonly kiro: KiroDeps;
  readonly engines: EngineDirectory;
  /** Returns the settings, which may change at any time. */
  readonly settings: () => GatewaySettings;
  readonly windowId: string;
  readonly logger: Logger;
}

type FollowedAddress = Pick<BridgeAddress, "url">;

export interface GatewaysModule extends BridgeModule {
  /** The MCP servers by which agents call the tools of clients. */
  readonly lentServers: Mcp["lentServers"];
  /** The turns of the gateways, for the editor itself. Rejects before the routes of the bridge are there. */
  readonly turns: Gateways["turns"];
  /** Returns the conversations of this window, for dashboards. */
  conversations(): readonly ConversationView[];
  /** Tells where this window is reached, from the opening of the address on. */
  follow(address: FollowedAddress): Disposable;
}

/**
 * The gateways: other APIs for the agents and the editor. Thin, because they are bundles of their own, read on first use.
 */
export function gatewaysModule({ kiro, engines, ...shared }: GatewaysModuleDeps): GatewaysModule {
  const metrics = new GatewayMetrics();
  let address: FollowedAddress | undefined;
  let libraries: LateLibraries | undefined;
  const lentServers: Mcp["lentServers"] = {
    open: async (options) => {
      if (libraries === undefined) throw bridgeStopping();
      return (await libraries.mcp()).lentServers.open(options);
    },
  };
  const load = (server: ServerContext): LateLibraries =>
    (libraries ??= new LateLibraries({
      gateways: async () => {
        const { composeGateways } = await import("../../gateways/gatewaysLibrary.ts");
        return composeGateways({ ...shared, server, kiro, engines, lentServers });
      },
      mcp: async () => {
        const { composeMcp } = await import("../../gateways/mcpLibrary.ts");
        return composeMcp({ ...shared, server, url: () => address?.url ?? "" });
      },
    }));
  return {
    lentServers,
    turns: {
      respond: async (request) => {
        if (libraries === undefined) throw bridgeStopping();
        return await (await libraries.gateways()).turns.respond(request);
      },
    },
    conversations: () => (libraries?.overview() ?? []).map((record) => conversationView(record, shared.windowId)),
    errorForm: vendorError,
    instruments: (meter) => metrics.register(meter),
    follow: (found) => {
      address = found;
      return toDisposable(() => (address = undefined));
    },
    publicRoutes: (router, server) => addLentServers(router, { libraries: load(server) }),
    routes: (router, server) => addGateways(router, { libraries: load(server), settings: shared.settings, metrics }),
    dispose: async () => {
      await libraries?.dispose();
    },
  };
}
