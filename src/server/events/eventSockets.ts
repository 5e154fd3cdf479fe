import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket, WebSocketServer } from "ws";
import type { Logger } from "../../base/logger.ts";
import type { SubscribeParams } from "../../protocol/socket.ts";
import type { ChannelReply } from "../../channel/channel.ts";
import { Subscription } from "../../channel/subscription.ts";
import { eventsFor } from "../../channel/visibleEvents.ts";
import type { ClientRegistry } from "../clients.ts";
import { closeReason } from "./closeReason.ts";
import { readyEvent } from "./connectionReady.ts";
import { callerOf } from "../guards/principals.ts";
import { guarded } from "../http/resource.ts";
import { toBridgeError } from "../http/errorHandler.ts";
import { eventQueryOf } from "./eventQuery.ts";
import { EventText } from "./eventText.ts";
import type { Budgets } from "../limits/budgets.ts";
import { OpenConnections } from "./openConnections.ts";
import { socketChannel, type SocketChannelDeps } from "./socketChannel.ts";
import { SocketConnection } from "./socketConnection.ts";
import { WriteBatcher } from "./writeBatcher.ts";
import { type Ownership, whenServing } from "../listen/ownership.ts";
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

export interface SocketDeps {
  readonly core: SocketChannelDeps;
  readonly clients: ClientRegistry;
  readonly limits: SocketLimits;
  readonly budgets: Budgets;
  readonly ownership: Ownership;
  readonly version: string;
  readonly logger: Logger;
}

/**
 * The WebSocket endpoint `/ws` and `/api/kiro/events` (docs/wire-contract.md#53-websocket): `connection-ready` first,
 * then all new events, or those requested by the URL or a `subscribe`. Replies go to the sender of a request.
 */
export class EventSockets implements SocketEndpoint {
  readonly paths = ["/ws", "/api/kiro/events"];
  readonly #deps: SocketDeps;
  readonly #server: WebSocketServer;
  readonly #text = new EventText();
  readonly #batcher = new WriteBatcher();
  readonly #connections: OpenConnections;

  constructor(deps: SocketDeps) {
    this.#deps = deps;
    this.#server = createWebSocketServer({
      maxPayload: deps.limits.maxMessageBytes,
      handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
    });
    this.#connections = new OpenConnections(deps.limits.pingMs);
  }

  /**
   * Takes over an upgrade that passed the guards. Each method and each event needs a scope of its own.
   * @throws BridgeError VALIDATION_FAILED for an invalid query
   */
  readonly upgrade = guarded("any", (...[request, stream, head]: Parameters<UpgradeRoute>) => {
    const params = eventQueryOf(request);
    this.#server.handleUpgrade(request, stream, head, (webSocket) => this.#welcome(webSocket, stream, request, params));
  });

  /** Closes all connections (1001) after their pending replies, and destroys those that do not respond; within 1 s. */
  dispose(): Promise<void> {
    return this.#connections.dispose();
  }

  #welcome(webSocket: WebSocket, stream: Duplex, request: IncomingMessage, params: SubscribeParams): void {
    try {
      this.#connect(webSocket, stream, request, params);
    } catch (error) {
      const full = toBridgeError(error, this.#deps.logger);
      webSocket.on("error", () => undefined);
      webSocket.close(full.closeCode, closeReason(full.message));
    }
  }

  #connect(webSocket: WebSocket, stream: Duplex, request: IncomingMessage, params: SubscribeParams): void {
    const { core, clients, budgets, ownership, version, logger } = this.#deps;
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
        if (waiting === undefined) return channel.handle(message);
        return waiting.then(() => channel.handle(message)).catch((error: unknown) => refuse(error));
      },
      onSeen: () => client.seen(),
      onSent: () => client.sent(),
      onDropped: () => client.dropped(),
    });
    const refuse = (thrown: unknown): ChannelReply => {
      const error = toBridgeError(thrown, logger);
      connection.close(error);
      return { id: null, error: error.toBody() };
    };
    const subscription = new Subscription(eventsFor(core.events, caller.principal), connection);
    const channel = socketChannel(core, subscription, logger, { caller, upgrade: request });
    this.#connections.add(connection, webSocket, () => {
      subscription.dispose();
      client.dispose();
    });
    connection.send(readyEvent(core.events, client.id, version));
    subscription.start(params);
  }
}
