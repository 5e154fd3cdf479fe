import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { AccessStore } from "../../../access/accessStore.ts";
import type { Logger } from "../../../base/logger.ts";
import type { ChannelReply } from "../../../channel/channel.ts";
import { type Caller, owner } from "../../../core/access/principal.ts";
import type { ClientRegistry } from "../../../server/clients.ts";
import { closeReason } from "../../../server/events/closeReason.ts";
import { EventText } from "../../../server/events/eventText.ts";
import { OpenConnections } from "../../../server/events/openConnections.ts";
import { SocketConnection } from "../../../server/events/socketConnection.ts";
import { createWebSocketServer } from "../../../server/events/webSocketServer.ts";
import { WriteBatcher } from "../../../server/events/writeBatcher.ts";
import { DASHBOARD_PATHS } from "../../../server/guards/exempt.ts";
import { callerOf } from "../../../server/guards/principals.ts";
import type { RefusalLog } from "../../../server/guards/refusalLog.ts";
import { toBridgeError } from "../../../server/http/errorHandler.ts";
import { guarded } from "../../../server/http/resource.ts";
import type { Budgets } from "../../../server/limits/budgets.ts";
import type { RequestLimits } from "../../../server/limits/requestLimits.ts";
import { type Ownership, whenServing } from "../../../server/listen/ownership.ts";
import type { UpgradeRoute } from "../../../server/listen/upgradeHandler.ts";
import type { SocketEndpoint } from "../../../server/serverModule.ts";
import type { DashboardDeps } from "../dashboardDeps.ts";
import { BrowserDashboard } from "./browserDashboard.ts";

const SUBPROTOCOL = "kiro-bridge";

export interface BrowserEndpointDeps {
  /** Returns what a dashboard of a client needs. */
  readonly depsFor: (caller: Caller) => DashboardDeps;
  readonly access: Pick<AccessStore, "revoke">;
  readonly clients: ClientRegistry;
  readonly requestLimits: Pick<RequestLimits, "admit">;
  readonly refusals: RefusalLog;
  readonly budgets: Budgets;
  readonly ownership: Ownership;
  readonly logger: Logger;
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
  readonly #text = new EventText();
  readonly #batcher = new WriteBatcher();
  readonly #connections: OpenConnections;

  constructor(deps: BrowserEndpointDeps, options: BrowserEndpointOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#server = createWebSocketServer({
      maxPayload: options.maxMessageBytes,
      handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
    });
    this.#connections = new OpenConnections(options.pingMs);
  }

  /** Takes over an upgrade that passed the guards. Each method needs a scope of its own. */
  readonly upgrade = guarded("status:read", (...[request, stream, head]: Parameters<UpgradeRoute>) => {
    this.#server.handleUpgrade(request, stream, head, (webSocket) => this.#welcome(webSocket, stream, request));
  });

  /** Closes all connections (1001); within 1 s. */
  dispose(): Promise<void> {
    return this.#connections.dispose();
  }

  #welcome(webSocket: WebSocket, stream: Duplex, request: IncomingMessage): void {
    try {
      this.#connect(webSocket, stream, request);
    } catch (error) {
      const full = toBridgeError(error, this.#deps.logger);
      webSocket.on("error", () => undefined);
      webSocket.close(full.closeCode, closeReason(full.message));
    }
  }

  #connect(webSocket: WebSocket, stream: Duplex, request: IncomingMessage): void {
    const { budgets, clients, ownership } = this.#deps;
    const caller = callerOf(request, "websocket");
    const client = clients.connect("websocket", request, (why) => connection.close(why));
    const connection: SocketConnection = new SocketConnection({
      webSocket,
      stream,
      text: this.#text,
      cork: this.#batcher,
      unsent: budgets.unsent,
      incoming: budgets.incoming.shareOf(caller.principal),
      handle: (message) => {
        const waiting = whenServing(ownership, stream);
        if (waiting === undefined) return dashboard.handle(message);
        return waiting.then(() => dashboard.handle(message)).catch((error: unknown) => refuse(error));
      },
      onSeen: () => client.seen(),
      onSent: () => client.sent(),
      onDropped: () => client.dropped(),
    });
    const refuse = (thrown: unknown): ChannelReply => {
      const error = toBridgeError(thrown, this.#deps.logger);
      connection.close(error);
      return { id: null, error: error.toBody() };
    };
    const dashboard = this.#createDashboard(caller, connection, request);
    this.#connections.add(connection, webSocket, () => {
      client.dispose();
      void dashboard.dispose();
    });
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
