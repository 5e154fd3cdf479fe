import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { within } from "../../../base/deadline.ts";
import { bridgeStopping } from "../../../protocol/unavailable.ts";
import { CLOSE_HANDSHAKE_MS, closeReason } from "../../../server/events/closeReason.ts";
import { createWebSocketServer } from "../../../server/events/webSocketServer.ts";
import { WriteBatcher } from "../../../server/events/writeBatcher.ts";
import { refusedOf } from "../../../server/guards/refusalLog.ts";
import { toBridgeError } from "../../../server/http/errorHandler.ts";
import { guarded } from "../../../server/http/resource.ts";
import { whenServing } from "../../../server/listen/ownership.ts";
import { refuse } from "../../../server/listen/rawAnswers.ts";
import type { UpgradeRoute } from "../../../server/listen/upgradeHandler.ts";
import type { ServerContext, SocketEndpoint } from "../../../server/serverModule.ts";
import type { OpenedSession } from "../session/busSessions.ts";
import type { SessionCaller } from "../session/sessionCaller.ts";
import { type LoadSessions, parametersOf, sessionCallerOf } from "./busLoader.ts";
import { BusSocketConnection } from "./busSocketConnection.ts";
import type { OperationPace } from "./operationPace.ts";

/** Maximum size of a message of a client in bytes: a payload of 1 MiB has at most three times that as JSON in UTF-8. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
const SUBPROTOCOL = "kiro-bridge";

export interface BusSocketsDeps
  extends Pick<ServerContext, "clients" | "budgets" | "ownership" | "refusals" | "logger" | "pingMs"> {
  readonly load: LoadSessions;
  readonly pace: OperationPace;
}

/** The WebSocket endpoint `/bus` (docs/wire-contract.md#92-websocket-of-the-bus): one session of the bus per connection. */
export class BusSockets implements SocketEndpoint {
  readonly paths = ["/bus"];
  readonly #deps: BusSocketsDeps;
  readonly #server = createWebSocketServer({
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
  });
  readonly #batcher = new WriteBatcher();
  readonly #connections = new Map<BusSocketConnection, Promise<void>>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(deps: BusSocketsDeps) {
    this.#deps = deps;
    this.#heartbeat = setInterval(() => this.#ping(), deps.pingMs);
    this.#heartbeat.unref();
  }

  /** Takes over an upgrade that passed the guards. The bus checks the scope of each operation. */
  readonly upgrade = guarded(
    ["bus:publish", "bus:subscribe"],
    (...[request, stream, head]: Parameters<UpgradeRoute>) => {
      void this.#open(request, stream, head).catch((thrown: unknown) => {
        const { logger, refusals } = this.#deps;
        const error = toBridgeError(thrown, logger);
        refusals.note(error, refusedOf(request));
        refuse(stream, error);
      });
    },
  );

  /** Closes all connections (1001), and destroys those that do not respond; within 1 s. */
  async dispose(): Promise<void> {
    clearInterval(this.#heartbeat);
    for (const connection of this.#connections.keys()) connection.close(bridgeStopping());
    await within(Promise.all(this.#connections.values()), CLOSE_HANDSHAKE_MS, undefined);
    for (const connection of this.#connections.keys()) connection.dispose();
    await Promise.all(this.#connections.values());
  }

  async #open(...[request, stream, head]: Parameters<UpgradeRoute>): Promise<void> {
    const sessions = await this.#deps.load();
    if (!stream.readable) return void stream.destroy();
    const caller = sessionCallerOf(request, "websocket", this.#deps);
    this.#deps.clients.assertRoom(caller.principal);
    const opened = await sessions.open(caller, parametersOf(request));
    // A handshake that is not valid leaves the session without a connection.
    stream.once("close", () => opened.session.endUnlessUsed());
    this.#server.handleUpgrade(request, stream, head, (webSocket) =>
      this.#welcome(webSocket, stream, request, { ...opened, caller }),
    );
  }

  #welcome(webSocket: WebSocket, stream: Duplex, request: IncomingMessage, opened: Opened): void {
    try {
      this.#connect(webSocket, stream, request, opened);
    } catch (thrown) {
      const error = toBridgeError(thrown, this.#deps.logger);
      webSocket.on("error", () => undefined);
      webSocket.close(error.closeCode, closeReason(error.message));
      opened.session.endUnlessUsed();
    }
  }

  #connect(
    webSocket: WebSocket,
    stream: Duplex,
    request: IncomingMessage,
    { session, received, caller }: Opened,
  ): void {
    const { clients, budgets, ownership, logger, pace } = this.#deps;
    const { principal } = caller;
    const client = clients.connect("websocket", request, (why) => session.end(why));
    const connection = new BusSocketConnection({
      webSocket,
      stream,
      session,
      cork: this.#batcher,
      incoming: budgets.incoming.shareOf(principal),
      pace: (bytes) => pace.take(principal, bytes),
      whenServing: () => whenServing(ownership, stream),
      toError: (thrown) => toBridgeError(thrown, logger),
      onSeen: () => client.seen(),
      onSent: () => client.sent(),
    });
    const closed = Promise.withResolvers<void>();
    this.#connections.set(connection, closed.promise);
    webSocket.once("close", () => {
      this.#connections.delete(connection);
      client.dispose();
      closed.resolve();
    });
    session.attach(connection, received);
  }

  #ping(): void {
    for (const connection of this.#connections.keys()) connection.ping();
  }
}

type Opened = OpenedSession & { readonly caller: SessionCaller };
