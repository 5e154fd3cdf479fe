import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { within } from "../../base/deadline.ts";
import { nextPoll } from "../../base/nextPoll.ts";
import { answerClientError } from "./clientErrors.ts";
import { StallWatch } from "../limits/stallWatch.ts";
import type { UpgradeRoute } from "./upgradeHandler.ts";

const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 65_000;
const LONGEST_CHECK_INTERVAL_MS = 1_000;
export const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 10_000;
const BACKLOG = 4096;
/** So many requests may wait for their answers on one connection: nobody sends more who means to read them. */
const MAX_PIPELINED = 256;
export const UNREAD_TIMEOUT_MS = 30_000;
/** How long running answers may take once the server closes. */
const CLOSE_GRACE_MS = 2_000;

export interface ListenerLimits {
  /** How long a whole request may take to arrive, in milliseconds. */
  readonly receiveTimeoutMs: number;
  /** How long a client may take nothing of what waits for it, in milliseconds; 30 s unless said otherwise. */
  readonly unreadTimeoutMs?: number;
}

interface Connection {
  /** The answer to its latest request while that is under way. */
  latest: ServerResponse | undefined;
  readonly unanswered: Set<ServerResponse>;
}

/** Where requests and upgrades go in. */
export interface HttpHandlers {
  readonly request: RequestListener;
  readonly upgrade: UpgradeRoute;
}

/** One HTTP server on one address, with limits on time, size and number, and an end that is certain. */
export class HttpListener {
  readonly #server: Server;
  readonly #sockets = new Map<Socket, Connection>();
  readonly #stallWatch: StallWatch;
  #isStopping = false;

  constructor(handlers: HttpHandlers, { receiveTimeoutMs, unreadTimeoutMs = UNREAD_TIMEOUT_MS }: ListenerLimits) {
    this.#server = createServer(serverOptions(receiveTimeoutMs), (request, response) => {
      if (this.#remember(request.socket, response)) handlers.request(request, response);
    });
    this.#stallWatch = new StallWatch(() => this.#sockets.keys(), unreadTimeoutMs);
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

  /**
   * Listens on exactly this address.
   * @returns the port.
   * @throws the system's error, e.g. with code EADDRINUSE.
   */
  listen(host: string, port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    // It stays on: a connection that cannot be accepted (too many open files) is an error event too, and no reason to die.
    this.#server.on("error", reject);
    this.#server.listen({ host, port, backlog: BACKLOG, exclusive: true }, () => {
      const address = this.#server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
    return promise;
  }

  /** Ends each connection behind the last answer due on it: that answer tells the client to send nothing more. */
  announceStop(): void {
    this.#isStopping = true;
    for (const { latest } of this.#sockets.values()) if (latest !== undefined) endConnectionBehind(latest, undefined);
  }

  /** Stops accepting and drops idle connections; answers under way may take 2 s; then everything is hung up. */
  async close(): Promise<void> {
    this.announceStop();
    // A request that has arrived and was not read yet gets its answer too.
    await nextPoll();
    const closed = Promise.withResolvers<void>();
    // From now on a connection which has got its answer ends, instead of waiting for the next request.
    Object.assign(this.#server, { keepAliveTimeout: 1, keepAliveTimeoutBuffer: 0 });
    this.#server.close(() => closed.resolve());
    this.#server.closeIdleConnections();
    // A connection which has sent nothing yet is not idle in Node's eyes.
    for (const socket of this.#sockets.keys()) if (socket.bytesRead === 0) socket.destroy();
    await within(closed.promise, CLOSE_GRACE_MS, undefined);
    for (const socket of this.#sockets.keys()) socket.destroy();
    this.#stallWatch.dispose();
    await closed.promise;
  }

  /** @returns false when the connection was hung up on instead */
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

/** Pipelined requests are answered as well, so that the one before must not say that the connection ends. */
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

/** Hangs up on a connection that was idle for too long, unless its next request has arrived in the same moment. */
function hangUpUnlessRead(socket: Socket): void {
  const { bytesRead } = socket;
  void nextPoll().then(() => {
    if (socket.bytesRead === bytesRead) socket.destroy();
  });
}

function serverOptions(receiveTimeoutMs: number): ServerOptions {
  const options = {
    requestTimeout: receiveTimeoutMs,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, receiveTimeoutMs),
    connectionsCheckingInterval: Math.min(LONGEST_CHECK_INTERVAL_MS, receiveTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // The guard answers a missing Host, with our error body.
    requireHostHeader: false,
    // Some clients (Java's) offer an upgrade to HTTP/2 with each request. Older Nodes do not know this option.
    shouldUpgradeCallback: ({ headers }: { headers: NodeJS.Dict<string | string[]> }) =>
      String(headers["upgrade"]).toLowerCase() === "websocket",
  };
  return options;
}
