import type { IncomingMessage } from "node:http";
import type { WebSocketServer } from "ws";
import type { SubscribeParams } from "../../protocol/socket.ts";
import { Subscription } from "../../channel/subscription.ts";
import { eventsFor } from "../../channel/visibleEvents.ts";
import { readyEvent } from "./connectionReady.ts";
import { guarded } from "../http/resource.ts";
import { eventQueryOf } from "./eventQuery.ts";
import { type OpenConnection, OpenConnections, type OpenConnectionsDeps } from "./openConnections.ts";
import { socketChannel, type SocketChannelDeps } from "./socketChannel.ts";
import type { UpgradeRoute } from "../listen/upgradeHandler.ts";
import type { SocketEndpoint } from "../serverModule.ts";
import { createWebSocketServer } from "./webSocketServer.ts";

/**
 * The only subprotocol that is ever selected. With it, the token may be sent as a second one
 * (docs/wire-contract.md#13-token).
 */
const SUBPROTOCOL = "kiro-bridge";

interface SocketLimits {
  /** Maximum size of a client message in bytes. */
  readonly maxMessageBytes: number;
  /** Heartbeat interval in milliseconds; clients without a sign of life in between are dropped. */
  readonly pingMs: number;
}

export interface SocketDeps extends OpenConnectionsDeps {
  readonly core: SocketChannelDeps;
  readonly limits: SocketLimits;
  readonly version: string;
}

/**
 * The WebSocket endpoint `/ws` and `/api/kiro/events` (docs/wire-contract.md#53-websocket): `connection-ready` first,
 * then all new events, or those requested by the URL or a `subscribe`. Replies go to the sender of a request.
 */
export class EventSockets implements SocketEndpoint {
  readonly paths = ["/ws", "/api/kiro/events"];
  readonly #deps: SocketDeps;
  readonly #server: WebSocketServer;
  readonly #connections: OpenConnections;

  constructor(deps: SocketDeps) {
    this.#deps = deps;
    this.#server = createWebSocketServer({
      maxPayload: deps.limits.maxMessageBytes,
      handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
    });
    this.#connections = new OpenConnections(deps, deps.limits.pingMs);
  }

  /**
   * Takes over an upgrade that passed the guards. Each method and each event needs a scope of its own.
   * @throws BridgeError VALIDATION_FAILED for an invalid query
   */
  readonly upgrade = guarded("any", (...[request, stream, head]: Parameters<UpgradeRoute>) => {
    const params = eventQueryOf(request);
    this.#server.handleUpgrade(request, stream, head, (webSocket) =>
      this.#connections.open({ webSocket, stream, request }, (open) => this.#serve(open, request, params)),
    );
  });

  /** Closes all connections (1001) after their pending replies, and destroys those that do not respond; within 1 s. */
  dispose(): Promise<void> {
    return this.#connections.dispose();
  }

  #serve({ connection, client, caller }: OpenConnection, request: IncomingMessage, params: SubscribeParams) {
    const { core, version, logger } = this.#deps;
    const subscription = new Subscription(eventsFor(core.events, caller.principal), connection);
    const channel = socketChannel(core, subscription, logger, { caller, upgrade: request });
    return {
      handle: (message: unknown) => channel.handle(message),
      begin: () => {
        connection.send(readyEvent(core.events, client.id, version));
        subscription.start(params);
      },
      end: () => subscription.dispose(),
    };
  }
}
