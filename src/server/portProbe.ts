import { get } from "node:http";
import { createConnection, createServer } from "node:net";
import { startDeadline } from "../base/deadline.ts";
import { healthSchema } from "../protocol/status.ts";

/** A listener on this machine answers within a few ms; where nobody listens, Windows takes seconds to say so. */
const CONNECT_MS = 250;
const ANSWER_MS = 1_000;
const MAX_ANSWER_BYTES = 10_000;

/** Whether somebody accepts connections there. */
export function isAnswering(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection({ host: connectableHost(host), port });
  const deadline = startDeadline(CONNECT_MS, () => resolve(false));
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  return promise.finally(() => {
    socket.destroy();
    void deadline.dispose();
  });
}

export interface ProbeAnswer {
  readonly status: number;
  /** What the program calls itself in the `Server` header. */
  readonly server: string | undefined;
  readonly body: string;
}

/** Asks over HTTP, for at most 1 s. @returns undefined when no HTTP answer comes. */
export function probe(url: string, headers: Readonly<Record<string, string>> = {}): Promise<ProbeAnswer | undefined> {
  const { promise, resolve } = Promise.withResolvers<ProbeAnswer | undefined>();
  const request = get(url, { agent: false, headers, signal: AbortSignal.timeout(ANSWER_MS) }, (response) => {
    const chunks: string[] = [];
    let length = 0;
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      length += chunk.length;
      if (length <= MAX_ANSWER_BYTES) chunks.push(chunk);
      else request.destroy();
    });
    response.once("close", () => {
      resolve({
        status: response.statusCode ?? 0,
        server: response.headers["server"]?.toString(),
        body: chunks.join(""),
      });
    });
  });
  request.once("error", () => resolve(undefined));
  return promise;
}

/** Whether a Kiro Bridge answers at this address, in whatever state. */
export async function isBridge(url: string): Promise<boolean> {
  const answer = await probe(new URL("/health", url).href);
  return answer !== undefined && isHealth(answer.body);
}

function isHealth(body: string): boolean {
  try {
    return healthSchema.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}

/** An address to call for one to listen on. */
export function connectableHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

/** Whether a loopback port could be had now. It is held for a moment to find out. */
export async function isPortFree(port: number): Promise<boolean> {
  const isAnswered = await Promise.all(["127.0.0.1", "::1"].map((host) => isAnswering(host, port)));
  return !isAnswered.includes(true) && (await canListen(port));
}

function canListen(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once("error", () => resolve(false));
  server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  return promise;
}
