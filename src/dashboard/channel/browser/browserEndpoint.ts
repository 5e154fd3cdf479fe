import type { IncomingMessage } from "node:http";
import type { AccessStore } from "../../../access/accessStore.ts";
import { type Caller, owner } from "../../../core/access/principal.ts";
import { OpenConnections, type OpenConnectionsDeps } from "../../../server/events/openConnections.ts";
import type { SocketConnection } from "../../../server/events/socketConnection.ts";
import { createWebSocketServer } from "../../../server/events/webSocketServer.ts";
import { DASHBOARD_PATHS } from "../../../server/guards/exempt.ts";
import type { RefusalLog } from "../../../server/guards/refusalLog.ts";
import { toBridgeError } from "../../../server/http/errorHandler.ts";
import { guarded } from "../../../server/http/resource.ts";
import type { RequestLimits } from "../../../server/limits/requestLimits.ts";
import type { UpgradeRoute } from "../../../server/listen/upgradeHandler.ts";
import type { SocketEndpoint } from "../../../server/serverModule.ts";
import type { DashboardDeps } from "../dashboardDeps.ts";
import { BrowserDashboard } from "./browserDashboard.ts";

const SUBPROTOCOL = "kiro-bridge";

export interface BrowserEndpointDeps extends OpenConnectionsDeps {
  /** Returns what a dashboard of a client needs. */
  readonly depsFor: (caller: Caller) => DashboardDeps;
  readonly access: Pick<AccessStore, "revoke">;
  readonly requestLimits: Pick<RequestLimits, "admit">;
  readonly refusals: RefusalLog;
}

export interface BrowserEndpointOptions {
  readonly maxMessageBytes: number;
  /** Heartbeat interval in milliseconds. */
  readonly pingMs: number;
  /** Version of the extension. */
  readonly version: string;
}

/**
 * Serves the dashboards in browsers (docs/decisions/browser-dashboard.md). The page is a client like any other: it has a token
 * of its own, and what it sees and does depends on its scopes.
 */
export class BrowserEndpoint implements SocketEndpoint {
  readonly paths = [DASHBOARD_PATHS.socket];
  readonly #deps: BrowserEndpointDeps;
  readonly #options: BrowserEndpointOptions;
  readonly #server;
  readonly #connections: OpenConnections;

  constructor(deps: BrowserEndpointDeps, options: BrowserEndpointOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#server = createWebSocketServer({
      maxPayload: options.maxMessageBytes,
      handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
    });
    this.#connections = new OpenConnections(deps, options.pingMs);
  }

  /** Takes over an upgrade that passed the guards. Each method needs a scope of its own. */
  readonly upgrade = guarded("status:read", (...[request, stream, head]: Parameters<UpgradeRoute>) => {
    this.#server.handleUpgrade(request, stream, head, (webSocket) =>
      this.#connections.open({ webSocket, stream, request }, ({ caller, connection }) => {
        const dashboard = this.#createDashboard(caller, connection, request);
        return {
          handle: (message) => dashboard.handle(message),
          end: () => void dashboard.dispose(),
        };
      }),
    );
  });

  /** Closes all connections (1001); within 1 s. */
  dispose(): Promise<void> {
    return this.#connections.dispose();
  }

  #createDashboard(caller: Caller, connection: SocketConnection, { headers }: IncomingMessage): BrowserDashboard {
    const { depsFor, access, requestLimits, refusals, logger } = this.#deps;
    const { principal, via, program = "" } = caller;
    return new BrowserDashboard(
      {
        deps: depsFor(caller),
        connection,
        admit: () => requestLimits.admit(principal),
        forget: async () => {
          if (principal.id !== owner.id) await access.revoke(principal.id, caller);
        },
        toError: (thrown) => toBridgeError(thrown, logger),
        onRefused: (error, method) =>
          refusals.note(error, { by: principal, via, caller: program, method, path: DASHBOARD_PATHS.socket }),
        close: (why) => connection.close(why),
        logger,
      },
      { url: `http://${headers.host ?? ""}`, version: this.#options.version },
    );
  }
}
