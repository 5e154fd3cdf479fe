import type { IncomingMessage } from "node:http";
import type { Logger } from "../../../base/logger.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { createWebSocketServer } from "../../../server/events/webSocketServer.ts";
import { guarded } from "../../../server/http/resource.ts";
import type { UpgradeRoute } from "../../../server/listen/upgradeHandler.ts";
import type { SocketEndpoint } from "../../../server/serverModule.ts";
import { isForwarded } from "../../../server/windows/linkConnections.ts";
import type { DashboardDeps } from "../dashboardDeps.ts";
import { RelayedDashboard } from "./relayedDashboard.ts";
import { MAX_BYTES, RELAY_PATH } from "./relayMessages.ts";

/** Maximum number of dashboards of other windows: two for each of 64 windows. */
const MAX_DASHBOARDS = 128;

export interface RelayEndpointDeps {
  /** Returns what the dashboard of a window needs. @param windowId the window */
  readonly depsFor: (windowId: string) => DashboardDeps;
  readonly logger: Logger;
}

/**
 * Serves the dashboards of the other windows, as the owner of the address: they show what the dashboards of this window
 * show, and act in the editor of their own. Exists for links only.
 */
export class RelayEndpoint implements SocketEndpoint {
  readonly paths = [RELAY_PATH];
  readonly #deps: RelayEndpointDeps;
  readonly #server = createWebSocketServer({ maxPayload: MAX_BYTES.toOwner, handleProtocols: () => false });
  readonly #open = new Set<RelayedDashboard>();

  constructor(deps: RelayEndpointDeps) {
    this.#deps = deps;
  }

  /** @throws BridgeError NOT_FOUND for a request that did not come over a link; RATE_LIMIT_EXCEEDED */
  readonly upgrade = guarded("access:manage", (...[request, socket, head]: Parameters<UpgradeRoute>) => {
    if (!isForwarded(request)) throw new BridgeError("NOT_FOUND", "There is no WebSocket at this path.");
    if (this.#open.size >= MAX_DASHBOARDS)
      throw new BridgeError("RATE_LIMIT_EXCEEDED", "Too many dashboards are open.", { limit: MAX_DASHBOARDS });
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const { depsFor, logger } = this.#deps;
      const dashboard = new RelayedDashboard(webSocket, depsFor(windowIdOf(request)), logger);
      this.#open.add(dashboard);
      webSocket.once("close", () => {
        this.#open.delete(dashboard);
        void dashboard.dispose();
      });
    });
  });

  async dispose(): Promise<void> {
    await Promise.all([...this.#open].map((dashboard) => dashboard.dispose()));
  }
}

function windowIdOf({ url = "" }: IncomingMessage): string {
  return new URL(url, "http://localhost").searchParams.get("windowId") ?? "";
}
