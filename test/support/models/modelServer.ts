import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { Disposable } from "../../../src/base/disposables.ts";
import { Emitter } from "../../../src/base/events.ts";
import { portOf } from "../programs/portOf.ts";
import { until } from "../until.ts";

/** A request that the server has got. */
export interface ModelRequest {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** The body as JSON; undefined if it is none. */
  readonly json: unknown;
  /** Aborted when the connection of the response is closed before its end, by whichever side. */
  readonly closed: AbortSignal;
}

type Bytes = string | Uint8Array;

/** What the server answers to one request. */
export interface ModelReply {
  /** Default: 200. */
  readonly status?: number;
  /** Default: those of a stream of events, or of JSON, as the body looks. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The whole body, or its pieces, each written by itself when the one before was taken. */
  readonly body?: Bytes | Iterable<Bytes> | AsyncIterable<Bytes>;
  /** Destroys the connection after this many bytes of the body. */
  readonly cutAt?: number;
  /** Says nothing after this many bytes of the body, until `until` resolves. Default: forever. */
  readonly hold?: { readonly at: number; readonly until?: Promise<unknown> };
  /** Sends nothing at all before it resolves. `never` for a server that never answers. */
  readonly headUntil?: Promise<unknown>;
}

export type ModelScript = ModelReply | ((request: ModelRequest) => ModelReply | Promise<ModelReply>);

/** Never resolves. */
export const never = new Promise<never>(() => undefined);

/** A vendor of models on a free port of this machine, which answers as its script says, and records what it is asked. */
export class ModelServer implements Disposable {
  readonly #http = createServer((request, response) => void this.#respond(request, response));
  readonly #script: ModelScript[] = [];
  readonly #didReceive = new Emitter<ModelRequest>();
  readonly requests: ModelRequest[] = [];
  readonly onDidReceive = this.#didReceive.event;
  /** Answers what the script has no reply for. */
  otherwise: ModelScript = { status: 500, body: '{"error":{"message":"The script has no reply."}}' };

  static async start(...script: readonly ModelScript[]): Promise<ModelServer> {
    const server = new ModelServer();
    server.reply(...script);
    server.#http.listen(0, "127.0.0.1");
    await once(server.#http, "listening");
    return server;
  }

  /** Without a path and a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${portOf(this.#http)}`;
  }

  /** Adds replies to the script, one for each request. */
  reply(...replies: readonly ModelScript[]): void {
    this.#script.push(...replies);
  }

  /** Waits for the request with this index, counted from 0. */
  async request(index: number): Promise<ModelRequest> {
    await until(() => this.requests.length > index, `request ${index} of the model server`);
    return this.at(index);
  }

  /** Returns a request that has come already, counted from 0, or from the end if negative. */
  at(index: number): ModelRequest {
    const request = this.requests.at(index);
    if (request === undefined) throw new Error(`the model server has got ${this.requests.length} requests only`);
    return request;
  }

  async dispose(): Promise<void> {
    this.#didReceive.dispose();
    if (!this.#http.listening) return;
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, "close");
  }

  async #respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const closed = new AbortController();
    response.on("error", () => undefined);
    response.on("close", () => response.writableFinished || closed.abort());
    const body: Buffer[] = [];
    try {
      for await (const piece of incoming) body.push(Buffer.from(piece));
    } catch {
      return;
    }
    const request = recordOf(incoming, Buffer.concat(body), closed.signal);
    this.requests.push(request);
    this.#didReceive.fire(request);
    const script = this.#script.shift() ?? this.otherwise;
    try {
      await send(typeof script === "function" ? await script(request) : script, response, closed.signal);
    } catch (error) {
      // A script that throws breaks the connection; the reason is for the test's output.
      if (!closed.signal.aborted) response.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

function recordOf(incoming: IncomingMessage, body: Buffer, closed: AbortSignal): ModelRequest {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
  return { method: incoming.method ?? "", url: incoming.url ?? "", headers, body, json: jsonOf(body), closed };
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

async function send(reply: ModelReply, response: ServerResponse, closed: AbortSignal): Promise<void> {
  await heldBy(reply.headUntil, closed);
  response.writeHead(reply.status ?? 200, reply.headers ?? defaultHeaders(reply.body));
  response.flushHeaders();
  let sent = 0;
  for await (const piece of cutAtMarks(piecesOf(reply.body), [reply.hold?.at, reply.cutAt])) {
    if (sent === reply.hold?.at) await heldBy(reply.hold.until ?? never, closed);
    if (sent === reply.cutAt || closed.aborted) break;
    if (piece.length > 0) await taken(response, piece, closed);
    sent += piece.length;
  }
  // The bytes are on their way before the connection breaks.
  if (sent === reply.cutAt) response.socket?.end(() => response.destroy());
  else response.end();
}

async function* piecesOf(body: ModelReply["body"] = ""): AsyncGenerator<Buffer> {
  if (typeof body === "string" || body instanceof Uint8Array) yield Buffer.from(body);
  else for await (const piece of body) yield Buffer.from(piece);
}

/** Divides pieces so that one begins at each mark, also an empty one at the end of the body. */
async function* cutAtMarks(
  pieces: AsyncIterable<Buffer>,
  marks: readonly (number | undefined)[],
): AsyncGenerator<Buffer> {
  let at = 0;
  for await (let piece of pieces) {
    const inside = marks.filter((mark) => mark !== undefined && mark > at && mark < at + piece.length);
    for (const mark of inside.toSorted((a, b) => Number(a) - Number(b))) {
      const head = piece.subarray(0, Number(mark) - at);
      yield head;
      piece = piece.subarray(head.length);
      at += head.length;
    }
    yield piece;
    at += piece.length;
  }
  yield Buffer.alloc(0);
}

async function taken(response: ServerResponse, piece: Buffer, closed: AbortSignal): Promise<void> {
  if (response.write(piece)) return;
  await once(response, "drain", { signal: closed }).catch(() => undefined);
}

/** Waits for what holds a reply, or for the end of the connection. */
async function heldBy(hold: Promise<unknown> | undefined, closed: AbortSignal): Promise<void> {
  if (hold === undefined || closed.aborted) return;
  const gone = new Promise((resolve) => closed.addEventListener("abort", resolve, { once: true }));
  await Promise.race([hold, gone]);
}

function defaultHeaders(body: ModelReply["body"]): Record<string, string> {
  const isJson = typeof body === "string" && /^\s*[[{]/.test(body);
  return { "content-type": isJson ? "application/json" : "text/event-stream; charset=utf-8" };
}
