import { Agent, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { WebSocket } from "ws";
import type { SoakTarget } from "./soakTarget.ts";

const kept = new Agent({ keepAlive: true, maxSockets: 64 });
const DEADLINE_MS = 60_000;

export interface Reply {
  readonly status: number;
  readonly text: string;
}

export interface CallOptions {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** On a connection of its own: a kept one may just be closing. */
  readonly isAlone?: boolean;
}

/** One request with the token. Status 0: the connection ended without an answer. */
export function call(target: SoakTarget, path: string, options: CallOptions = {}): Promise<Reply> {
  const { promise, resolve } = Promise.withResolvers<Reply>();
  const { body, headers, method = body === undefined ? "GET" : "POST", signal, isAlone = false } = options;
  const lost = (error: Error): void => resolve({ status: 0, text: error.message });
  const outgoing = request(new URL(path, target.url), {
    agent: isAlone ? false : kept,
    method,
    timeout: DEADLINE_MS,
    headers: {
      Authorization: `Bearer ${target.token}`,
      ...(body !== undefined && { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }),
      ...headers,
    },
    ...(signal !== undefined && { signal }),
  });
  outgoing.on("response", (response: IncomingMessage) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    response.on("error", lost);
  });
  outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer in ${DEADLINE_MS} ms`)));
  outgoing.on("error", lost);
  outgoing.end(body);
  return promise;
}

export function execute(target: SoakTarget, body: object, options: CallOptions = {}): Promise<Reply> {
  return call(target, "/api/kiro/execute", { ...options, body: JSON.stringify(body) });
}

/** A WebSocket with the token; its errors end it. */
export function openSocket(target: SoakTarget, path: string): WebSocket {
  const socket = new WebSocket(new URL(path, target.url.replace("http", "ws")), {
    headers: { Authorization: `Bearer ${target.token}` },
    perMessageDeflate: false,
  });
  socket.on("error", () => undefined);
  return socket;
}

/** A bare connection, for clients that do not behave. */
export function openBare(target: SoakTarget): Socket {
  const { hostname, port } = new URL(target.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  return socket;
}

/** The head of a request as text. */
export function head(target: SoakTarget, method: string, path: string, headers: readonly string[] = []): string {
  const { host } = new URL(target.url);
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, `Authorization: Bearer ${target.token}`, ...headers];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
