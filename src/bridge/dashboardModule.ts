import { type DashboardBridge, dashboardDepsOf, ownDepsOf } from "../dashboard/channel/bridgeDeps.ts";
import { BrowserEndpoint } from "../dashboard/channel/browser/browserEndpoint.ts";
import { RelayEndpoint } from "../dashboard/channel/relay/relayEndpoint.ts";
import { addWindowRoutes } from "../dashboard/channel/windows/windowRoutes.ts";
import type { History } from "../history/runHistory.ts";
import type { BridgeModule } from "./bridgeModule.ts";

/**
 * Serves the dashboards of other windows, and those in browsers.
 * @param bridge has no `windows`: those of its server are used
 */
export function dashboardModule(
  bridge: Omit<DashboardBridge, "windows"> & { readonly memory: Pick<History, "list"> },
): BridgeModule {
  return {
    routes(router) {
      addWindowRoutes(router, { own: ownDepsOf(bridge), memory: bridge.memory });
    },
    sockets: ({ windows, logger, core, limits, pingMs, version, ...context }) => [
      new RelayEndpoint({ depsFor: (windowId) => dashboardDepsOf({ ...bridge, windows }, windowId), logger }),
      new BrowserEndpoint(
        {
          ...context,
          depsFor: (caller) => dashboardDepsOf({ ...bridge, windows }, undefined, caller),
          access: core.access.store,
          logger,
        },
        { maxMessageBytes: limits.maxBodyBytes, pingMs, version },
      ),
    ],
  };
}
