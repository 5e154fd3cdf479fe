import { Agent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import type { LookupFunction } from "node:net";
import { startDeadline } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import { skewMsOf } from "../../core/network/responseHeaders.ts";
import { networkProblem } from "../../core/network/networkProblem.ts";
import { DeliveryFailure } from "../delivery/destination.ts";
import { exchange, StaleConnectionError } from "./exchange.ts";
import { guardedLookup, PrivateAddressError, refusePrivateHost } from "./privateAddress.ts";
import type { OutgoingRequest, Send } from "./request.ts";

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** Connections to one destination, which several requests share, and to all. */
const MAX_CONNECTIONS = 16;
const MAX_ALL_CONNECTIONS = 64;
/** Time in milliseconds after which an unused connection is closed. Servers and load balancers close theirs after a minute. */
const IDLE_MS = 20_000;

export interface SendOptions {
  /** Milliseconds of the Unix epoch. */
  readonly now: () => number;
  readonly userAgent: string;
  /** Default: that of the system. */
  readonly lookup?: LookupFunction | undefined;
}

/** The connections of all destinations. Disposing it closes them. */
export interface Sender extends Disposable {
  readonly send: Send;
}

/** Creates the one way out of exports: all of their connections are made here. */
export function createSend({ now, userAgent, lookup }: SendOptions): Sender {
  const open = new Agents(lookup);
  // Connections of their own: one that was made without the check is never used with it.
  const guarded = new Agents(guardedLookup(lookup));
  const send: Send = async (request, signal) => {
    const { url, timeoutMs = TIMEOUT_MS, maxAnswerBytes = MAX_ANSWER_BYTES } = request;
    signal.throwIfAborted();
    refuseWrongAddress(request);
    const late = new AbortController();
    const deadline = startDeadline(timeoutMs, () => late.abort(silence(url, timeoutMs)));
    const agents = request.isGuarded === true ? guarded : open;
    const headers = { "user-agent": userAgent, ...request.headers };
    const options = { agent: agents.of(url), lookup: agents.lookup, headers, maxAnswerBytes };
    const limit = AbortSignal.any([signal, late.signal]);
    try {
      const answer = await again(() => exchange({ ...request, ...options }, limit));
      const time = new Headers(answer.headers["date"] === undefined ? {} : { date: answer.headers["date"] });
      return { ...answer, skewMs: skewMsOf(time, now()) };
    } catch (error) {
      limit.throwIfAborted();
      throw failureOf(error, url);
    } finally {
      void deadline.dispose();
    }
  };
  return { send, dispose: () => [open, guarded].forEach((agents) => agents.dispose()) };
}

class Agents implements Disposable {
  readonly lookup: LookupFunction | undefined;
  readonly #http: Agent;
  readonly #https: TlsAgent;

  constructor(lookup: LookupFunction | undefined) {
    this.lookup = lookup;
    const options = {
      keepAlive: true,
      maxSockets: MAX_CONNECTIONS,
      maxTotalSockets: MAX_ALL_CONNECTIONS,
      maxFreeSockets: MAX_CONNECTIONS,
      timeout: IDLE_MS,
      ...(lookup && { lookup }),
    };
    this.#http = new Agent(options);
    // Stronger than NODE_TLS_REJECT_UNAUTHORIZED.
    this.#https = new TlsAgent({ ...options, rejectUnauthorized: true });
  }

  of(url: URL): Agent {
    return url.protocol === "https:" ? this.#https : this.#http;
  }

  dispose(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** Repeats a request once whose connection the server has closed while it was unused. */
async function again<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof StaleConnectionError)) throw error;
    return await attempt();
  }
}

function refuseWrongAddress({ url, isGuarded }: OutgoingRequest): void {
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new DeliveryFailure(
      "blocked",
      `The address does not begin with 'https:' or 'http:', but with '${url.protocol}'.`,
    );
  try {
    if (isGuarded === true) refusePrivateHost(url);
  } catch (error) {
    throw failureOf(error, url);
  }
}

function silence(url: URL, timeoutMs: number): DeliveryFailure {
  return new DeliveryFailure(
    "passing",
    `${url.host} did not answer completely within ${Math.round(timeoutMs / 1000)} seconds.`,
  );
}

function failureOf(error: unknown, url: URL): DeliveryFailure {
  if (error instanceof PrivateAddressError) {
    const sentence = `${url.host} is not called: ${error.message} Only the user's own settings may name one.`;
    return new DeliveryFailure("blocked", sentence, { cause: error });
  }
  const problem = networkProblem(error, url.host);
  if (problem !== undefined) {
    const kind = problem.kind === "tls" || problem.kind === "clock" ? "blocked" : "passing";
    return new DeliveryFailure(kind, problem.sentence, { cause: error });
  }
  if (isInvalidHeader(error)) {
    const sentence = "A value of a header has a character that no header may have. Check the secret and the headers.";
    return new DeliveryFailure("blocked", sentence, { cause: error });
  }
  return new DeliveryFailure("passing", `The connection to ${url.host} has failed.`, { cause: error });
}

function isInvalidHeader(error: unknown): boolean {
  const code = error instanceof TypeError && "code" in error ? error.code : undefined;
  return code === "ERR_INVALID_CHAR" || code === "ERR_INVALID_HTTP_TOKEN" || code === "ERR_HTTP_INVALID_HEADER_VALUE";
}
