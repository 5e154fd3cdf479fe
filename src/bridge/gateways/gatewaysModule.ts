import { type Disposable, toDisposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { LateLibraries, type Mcp } from "../../gateways/door/lateLibraries.ts";
import type { GatewayRequest } from "../../gateways/door/operations.ts";
import type { GatewaySettings } from "../../gateways/door/settings.ts";
import { bridgeStopping } from "../../protocol/unavailable.ts";
import { LENT_PATH } from "../../server/guards/exempt.ts";
import type { Answer } from "../../server/http/answers.ts";
import { addResource, guarded } from "../../server/http/resource.ts";
import type { BridgeAddress } from "../bridgeAddress.ts";
import type { BridgeModule } from "../bridgeModule.ts";
import type { KiroDeps } from "../kiroModule.ts";

export interface GatewaysModuleDeps {
  readonly kiro: KiroDeps;
  /** Returns the settings, which may change at any time. */
  readonly settings: () => GatewaySettings;
  readonly windowId: string;
  readonly logger: Logger;
}

type FollowedAddress = Pick<BridgeAddress, "url">;

export interface GatewaysModule extends BridgeModule {
  /** The MCP servers by which agents call the tools of clients. */
  readonly lentServers: Mcp["lentServers"];
  /** Tells where this window is reached, from the opening of the address on. */
  follow(address: FollowedAddress): Disposable;
}

/**
 * The gateways: other APIs for the agents and the editor. Thin, because they are bundles of their own, read on first use.
 */
export function gatewaysModule({ kiro, ...shared }: GatewaysModuleDeps): GatewaysModule {
  let address: FollowedAddress | undefined;
  let libraries: LateLibraries | undefined;
  const mcp = async () => {
    if (libraries === undefined) throw bridgeStopping();
    return await libraries.mcp();
  };
  const lentServers: Mcp["lentServers"] = { open: async (options) => (await mcp()).lentServers.open(options) };
  return {
    lentServers,
    follow: (found) => {
      address = found;
      return toDisposable(() => (address = undefined));
    },
    publicRoutes(router) {
      const serve = guarded("public", async (request: GatewayRequest, response: Answer) =>
        (await mcp()).serveLent(request, response),
      );
      addResource(router, `${LENT_PATH}/:windowId/:id`, { get: serve, post: serve, delete: serve });
    },
    routes(_router, server) {
      libraries = new LateLibraries({
        gateways: async () => {
          const { composeGateways } = await import("../../gateways/gatewaysLibrary.ts");
          return composeGateways({ ...shared, server, kiro, lentServers });
        },
        mcp: async () => {
          const { composeMcp } = await import("../../gateways/mcpLibrary.ts");
          return composeMcp({ ...shared, server, url: () => address?.url ?? "" });
        },
      });
    },
    dispose: async () => {
      await libraries?.dispose();
    },
  };
}
