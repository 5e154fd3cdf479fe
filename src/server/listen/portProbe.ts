import { randomBytes } from "node:crypto";
import { get } from "node:http";
import { createConnection, createServer } from "node:net";
import { startDeadline } from "../../base/deadline.ts";
import { nextPoll } from "../../base/nextPoll.ts";
import { ERRORS } from "../../protocol/errors.ts";
import { type Health, healthSchema } from "../../protocol/status.ts";
import { healthProof } from "../guards/healthProof.ts";

/** Timeout in milliseconds. A local listener accepts within a few milliseconds; Windows takes seconds to refuse. */
const CONNECT_MS = 250;
const ANSWER_MS = 1_000;
const MAX_ANSWER_BYTES = 10_000;

/** Returns true if something accepts connections at the address. */
export function isAnswering(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection({ host: connectableHost(host), port });
  const deadline = startDeadline(CONNECT_MS, () => void nextPoll().then(() => resolve(false)));
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  return promise.finally(() => {
    socket.destroy();
    void deadline.dispose();
  });
}

export interface ProbeAnswer {
  readonly status: number;
  /** The `Server` header. */
  readonly server: string | undefined;
  readonly body: string;
}

/** Sends an HTTP request with a timeout of 1 s. @returns undefined if there is no HTTP response */
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

/** Returns true if a Kiro Bridge responds at this address, in any state. */
export async function isBridge(url: string): Promise<boolean> {
  const answer = await probe(new URL("/health", url).href);
  return answer !== undefined && healthOf(answer) !== undefined;
}

/**
 * Identifies the program at the published address of a bridge.
 * @param token token of that bridge, which it has to prove; undefined for a version that cannot
 * @returns "bridge"; "other" if that is certain, because nothing listens or another program responds; "unknown" without
 * a response in time, because the bridge may be busy
 */
export async function whoIsAt(url: string, token: string | undefined): Promise<"bridge" | "other" | "unknown"> {
  const challenge = randomBytes(24).toString("base64url");
  const { host, hostname, port } = new URL(url);
  const answer = await probe(new URL(`/health?challenge=${challenge}`, url).href);
  if (answer === undefined) return (await isRefused(hostname, Number(port))) ? "other" : "unknown";
  const health = healthOf(answer);
  // A rate-limited bridge does not send a proof; other programs do not respond like this.
  if (health === undefined) return answer.status === ERRORS.RATE_LIMIT_EXCEEDED.status ? "unknown" : "other";
  return token === undefined || health.proof === healthProof(token, challenge, host) ? "bridge" : "other";
}

function healthOf({ body }: ProbeAnswer): Health | undefined {
  try {
    return healthSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

/** Returns true if the system refuses the connection because nothing listens. */
function isRefused(hostname: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection({ host: connectableHost(hostname.replace(/^\[|\]$/g, "")), port });
  const deadline = startDeadline(ANSWER_MS, () => resolve(false));
  socket.once("connect", () => resolve(false));
  socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  return promise.finally(() => {
    socket.destroy();
    void deadline.dispose();
  });
}

/** Returns the host and port of a URL that can be called, which "all interfaces" cannot. */
export function authorityOf(host: string, port: number): string {
  const callable = connectableHost(host);
  return `${callable.includes(":") ? `[${callable}]` : callable}:${port}`;
}

/** Returns an address to connect to for an address to listen on. */
export function connectableHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

/** Returns true if a loopback port is free, by binding it for a moment. */
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
