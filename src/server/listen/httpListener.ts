import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { within } from "../../base/deadline.ts";
import { nextPoll } from "../../base/nextPoll.ts";
import { answerClientError } from "./clientErrors.ts";
import { StallWatch } from "../limits/stallWatch.ts";
import { isLinkConnection, markAsLinkConnection } from "../windows/linkConnections.ts";
import type { UpgradeRoute } from "./upgradeHandler.ts";

const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 65_000;
const LONGEST_CHECK_INTERVAL_MS = 1_000;
export const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 10_000;
const BACKLOG = 4096;
/** Maximum number of requests that wait for a response on one connection. No well-behaved client sends more. */
const MAX_PIPELINED = 256;
export const UNREAD_TIMEOUT_MS = 30_000;
/** Grace period in milliseconds for running requests when the server closes. */
const CLOSE_GRACE_MS = 2_000;

export interface ListenerLimits {
  /** Timeout in milliseconds for receiving a whole request. */
  readonly receiveTimeoutMs: number;
  /**
   * Timeout in milliseconds after which a client that reads none of the data sent to it is disconnected. Default: 30 s.
   */
  readonly unreadTimeoutMs?: number;
  /** Maximum size of the head of a request. Default: 16 KiB. */
  readonly maxHeaderBytes?: number;
}

interface Connection {
  /** The response to its latest request while it is in progress. */
  latest: ServerResponse | undefined;
  readonly unanswered: Set<ServerResponse>;
}

/** The handlers of requests and upgrades. */
export interface HttpHandlers {
  readonly request: RequestListener;
  readonly upgrade: UpgradeRoute;
}

/** An HTTP server on one address, with limits on time, size and number of connections, and a bounded shutdown. */
export class HttpListener {
  readonly #server: Server;
  readonly #sockets = new Map<Socket, Connection>();
  readonly #stallWatch: StallWatch;
  #isStopping = false;

  constructor(handlers: HttpHandlers, limits: ListenerLimits) {
    const { unreadTimeoutMs = UNREAD_TIMEOUT_MS } = limits;
    this.#server = createServer(serverOptions(limits), (request, response) => {
      if (this.#remember(request.socket, response)) handlers.request(request, response);
    });
    // The owner of the address watches its clients, and ends the streams of those that it disconnects.
    const ofClients = (): Iterable<Socket> => [...this.#sockets.keys()].filter((socket) => !isLinkConnection(socket));
    this.#stallWatch = new StallWatch(ofClients, unreadTimeoutMs);
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on("upgrade", handlers.upgrade);
    this.#server.on("clientError", answerClientError);
    this.#server.on("connection", (socket: Socket) => {
      const unanswered = new Set<ServerResponse>();
      this.#sockets.set(socket, { latest: undefined, unanswered });
      socket.once("close", () => {
        this.#sockets.delete(socket);
        // Node 24 closes all pipelined responses, earlier versions only the first.
        void nextPoll().then(() => closeAll(unanswered));
      });
    });
    this.#server.on("timeout", hangUpUnlessRead);
  }

  /** Listens on exactly this address. @returns the port @throws the system error, such as EADDRINUSE */
  listen(host: string, port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    // The listener stays: a connection that cannot be accepted (too many open files) emits `error` too, which must not
    // crash the host.
    this.#server.on("error", reject);
    this.#server.listen({ host, port, backlog: BACKLOG, exclusive: true }, () => {
      const address = this.#server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
    return promise;
  }

  /** Handles the requests of a connection that came over a link. */
  accept(connection: Duplex): void {
    markAsLinkConnection(connection);
    this.#server.emit("connection", connection);
  }

  /** Announces the shutdown: the last pending response on each connection carries `Connection: close`. */
  announceStop(): void {
    this.#isStopping = true;
    for (const { latest } of this.#sockets.values()) if (latest !== undefined) endConnectionBehind(latest, undefined);
  }

  /** Stops accepting. Open connections stay until their clients close them, or until `close`. */
  async retire(): Promise<void> {
    this.announceStop();
    await nextPoll();
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  /** Stops accepting, closes idle connections, gives running requests 2 s, then destroys the remaining connections. */
  async close(): Promise<void> {
    this.announceStop();
    // Input that has arrived but was not read yet gets a response too.
    await nextPoll();
    const closed = Promise.withResolvers<void>();
    // From now on, a connection ends after its response instead of waiting for another request.
    Object.assign(this.#server, { keepAliveTimeout: 1, keepAliveTimeoutBuffer: 0 });
    this.#server.close(() => closed.resolve());
    this.#server.closeIdleConnections();
    // Node does not count a connection without any request as idle.
    for (const socket of this.#sockets.keys()) if (socket.bytesRead === 0) socket.destroy();
    await within(closed.promise, CLOSE_GRACE_MS, undefined);
    for (const socket of this.#sockets.keys()) socket.destroy();
    this.#stallWatch.dispose();
    await closed.promise;
  }

  /** @returns false if the connection was destroyed instead */
  #remember(socket: Socket, answer: ServerResponse): boolean {
    const connection = this.#sockets.get(socket);
    if (connection === undefined) return false;
    if (this.#isStopping) endConnectionBehind(answer, connection.latest);
    connection.latest = answer;
    connection.unanswered.add(answer);
    answer.once("close", () => {
      connection.unanswered.delete(answer);
      if (connection.latest === answer) connection.latest = undefined;
    });
    if (connection.unanswered.size > MAX_PIPELINED) socket.destroy();
    return !socket.destroyed;
  }
}

/** Announces the end of a connection in its last response only: pipelined requests get a response too. */
function endConnectionBehind(answer: ServerResponse, previous: ServerResponse | undefined): void {
  if (previous !== undefined && !previous.headersSent) previous.removeHeader("Connection");
  if (!answer.headersSent) answer.setHeader("Connection", "close");
}

/** Closes responses whose client has disconnected, so that their handlers release what they hold. */
function closeAll(responses: Iterable<ServerResponse>): void {
  for (const answer of responses) {
    answer.destroy();
    answer.emit("close");
  }
}

/** Destroys an idle connection, unless its next request has arrived at the same moment. */
function hangUpUnlessRead(socket: Socket): void {
  const { bytesRead } = socket;
  void nextPoll().then(() => {
    if (socket.bytesRead === bytesRead) socket.destroy();
  });
}

function serverOptions({ receiveTimeoutMs, maxHeaderBytes = MAX_HEADER_BYTES }: ListenerLimits): ServerOptions {
  const options = {
    requestTimeout: receiveTimeoutMs,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, receiveTimeoutMs),
    connectionsCheckingInterval: Math.min(LONGEST_CHECK_INTERVAL_MS, receiveTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: maxHeaderBytes,
    // A missing Host is rejected by the guard, with our error body.
    requireHostHeader: false,
    // Some clients (Java's) offer an upgrade to HTTP/2 with each request. Older versions of Node ignore this option.
    shouldUpgradeCallback: ({ headers }: { headers: NodeJS.Dict<string | string[]> }) =>
      String(headers["upgrade"]).toLowerCase() === "websocket",
  };
  return options;
}
