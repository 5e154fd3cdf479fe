import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { BusOperation, ReadyFrame, SessionFrame } from "../../../src/plugins/bus/remote/frames.ts";
import { BridgeError, type ErrorCode } from "../../../src/protocol/errors.ts";
import { healthProof } from "../../../src/server/guards/healthProof.ts";
import { portOf } from "../httpClient.ts";

/** One connection to the server, from its side. */
export interface BusConnection {
  readonly token: string | undefined;
  readonly query: URLSearchParams;
  readonly operations: BusOperation[];
  push(frame: SessionFrame): void;
  close(code: number, reason?: string): void;
  /** Stops to read, as a process that is stopped. */
  freeze(): void;
  readonly closed: Promise<number>;
}

/** A server that speaks the frames of the bus, accepts every operation, and proves itself as a bridge does. */
export class FakeBusServer {
  readonly connections: BusConnection[] = [];
  /** Upgrades to `/bus`, also those that were refused. */
  readonly tokens: (string | undefined)[] = [];
  /** In place of a connection. */
  refusal: ErrorCode | undefined;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #token: string;

  private constructor(server: Server, token: string) {
    this.#server = server;
    this.#token = token;
    server.on("request", (request, response) => {
      const url = new URL(request.url ?? "", this.url);
      const challenge = url.searchParams.get("challenge") ?? "";
      const proof = healthProof(this.#token, challenge, `127.0.0.1:${this.port}`);
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ status: "healthy", server: {}, proof }));
    });
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** @param token the one that the server can prove to have */
  static async start(token: string, port = 0): Promise<FakeBusServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
    return new FakeBusServer(server, token);
  }

  get port(): number {
    return portOf(this.#server);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const token = request.headers.authorization?.replace("Bearer ", "");
    this.tokens.push(token);
    if (this.refusal !== undefined) {
      const error = new BridgeError(this.refusal);
      const body = JSON.stringify(error.toBody());
      socket.end(`HTTP/1.1 ${error.status} No\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      return;
    }
    const { searchParams } = new URL(request.url ?? "", this.url);
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, token, searchParams));
  }

  #accept(socket: WebSocket, token: string | undefined, query: URLSearchParams): void {
    const operations: BusOperation[] = [];
    let number = 0;
    const push = (frame: SessionFrame): void => socket.send(JSON.stringify({ number: ++number, ...frame }));
    socket.on("message", (data) => {
      const operation: BusOperation = JSON.parse(Buffer.isBuffer(data) ? data.toString("utf8") : "");
      operations.push(operation);
      push({ id: operation.id, result: operation.op === "request" ? operation.message.payload : {} });
    });
    const closed = new Promise<number>((resolve) => socket.once("close", resolve));
    this.connections.push({
      token,
      query,
      operations,
      push,
      close: (code, why) => socket.close(code, why),
      freeze: () => socket.pause(),
      closed,
    });
    const ready: ReadyFrame = {
      type: "ready",
      session: `s${this.connections.length}`,
      name: query.get("name") ?? "",
      resumed: false,
      lastOp: 0,
      missed: 0,
      keptMs: 30_000,
      maxPayloadBytes: 1024 * 1024,
    };
    socket.send(JSON.stringify(ready));
  }
}
