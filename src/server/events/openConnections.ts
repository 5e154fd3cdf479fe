import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { within } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import type { ChannelReply } from "../../channel/channel.ts";
import type { Caller } from "../../core/access/principal.ts";
import { bridgeStopping } from "../../protocol/unavailable.ts";
import type { ClientEntry } from "../clientEntry.ts";
import type { ClientRegistry } from "../clients.ts";
import { callerOf } from "../guards/principals.ts";
import { toBridgeError } from "../http/errorHandler.ts";
import type { Budgets } from "../limits/budgets.ts";
import { type Ownership, whenServing } from "../listen/ownership.ts";
import { closeReason, CLOSE_HANDSHAKE_MS } from "./closeReason.ts";
import { EventText } from "./eventText.ts";
import { SocketConnection } from "./socketConnection.ts";
import { WriteBatcher } from "./writeBatcher.ts";

export interface OpenConnectionsDeps {
  readonly clients: ClientRegistry;
  readonly budgets: Budgets;
  readonly ownership: Ownership;
  readonly logger: Logger;
}

/** A WebSocket whose upgrade was accepted. */
export interface Upgraded {
  readonly webSocket: WebSocket;
  /** The stream below it. */
  readonly stream: Duplex;
  readonly request: IncomingMessage;
}

/** A connection of a client. */
export interface OpenConnection {
  readonly connection: SocketConnection;
  readonly client: ClientEntry;
  readonly caller: Caller;
}

/** Serves one connection until it has ended. */
interface Served {
  /** Handles a request. Never rejects. */
  readonly handle: (message: unknown) => Promise<ChannelReply>;
  /** Sends the first messages. */
  readonly begin?: () => void;
  readonly end: () => void;
}

/** The open connections of a WebSocket endpoint: finds those that are dead, and closes all of them in the end. */
export class OpenConnections implements Disposable {
  readonly #deps: OpenConnectionsDeps;
  readonly #text = new EventText();
  readonly #batcher = new WriteBatcher();
  readonly #connections = new Map<SocketConnection, Promise<void>>();
  readonly #heartbeat: NodeJS.Timeout;

  /** @param pingMs interval of the heartbeat in milliseconds; clients without a sign of life in between are dropped */
  constructor(deps: OpenConnectionsDeps, pingMs: number) {
    this.#deps = deps;
    this.#heartbeat = setInterval(() => this.#ping(), pingMs);
    this.#heartbeat.unref();
  }

  /** Begins a connection, or closes the WebSocket with the reason why it cannot begin. */
  open(upgraded: Upgraded, serve: (open: OpenConnection) => Served): void {
    try {
      this.#connect(upgraded, serve);
    } catch (error) {
      const { webSocket } = upgraded;
      const full = toBridgeError(error, this.#deps.logger);
      webSocket.on("error", () => undefined);
      webSocket.close(full.closeCode, closeReason(full.message));
    }
  }

  /** Closes all connections (1001) after their pending replies, and destroys those that do not respond; within 1 s. */
  async dispose(): Promise<void> {
    clearInterval(this.#heartbeat);
    const answers = [...this.#connections.keys()].map((connection) => connection.whenAnswered());
    await within(Promise.all(answers), CLOSE_HANDSHAKE_MS, undefined);
    const reason = bridgeStopping();
    for (const connection of this.#connections.keys()) connection.close(reason);
    await within(Promise.all(this.#connections.values()), CLOSE_HANDSHAKE_MS, undefined);
    for (const connection of this.#connections.keys()) connection.dispose();
    await Promise.all(this.#connections.values());
  }

  #connect({ webSocket, stream, request }: Upgraded, serve: (open: OpenConnection) => Served): void {
    const { clients, budgets, ownership, logger } = this.#deps;
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
        if (waiting === undefined) return served.handle(message);
        return waiting.then(() => served.handle(message)).catch((error: unknown) => refuse(error));
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
    const served = serve({ connection, client, caller });
    const closed = Promise.withResolvers<void>();
    this.#connections.set(connection, closed.promise);
    webSocket.once("close", () => {
      this.#connections.delete(connection);
      served.end();
      client.dispose();
      closed.resolve();
    });
    served.begin?.();
  }

  #ping(): void {
    for (const connection of this.#connections.keys()) connection.ping();
  }
}
