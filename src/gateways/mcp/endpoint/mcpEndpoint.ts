import type { IncomingMessage } from "node:http";
import {
  createMcpHandler,
  isLegacyRequest,
  type McpHttpHandler,
  type PerRequestResponseMode,
  type Server,
  type ServerEventBus,
} from "@modelcontextprotocol/server";
import type { Clock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { type Logger } from "../../../base/logger.ts";
import { BridgeError, isBridgeError, messageOf } from "../../../protocol/errors.ts";
import type { Answer } from "../../../server/http/answers.ts";
import { sendWebResponse, toWebRequest, type WebRequest } from "./exchange.ts";
import { KEEP_ALIVE_MS, Sessions } from "./sessions.ts";

export interface EndpointLimits {
  /** Maximum number of requests whose response is not complete, streams included. */
  readonly maxRequests: number;
  /** Maximum number of sessions of clients before 2026-07-28. */
  readonly maxSessions: number;
  /** Maximum number of open `subscriptions/listen` streams. */
  readonly maxSubscriptions: number;
}

export interface EndpointOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: EndpointLimits;
  /** Creates the server of one request since 2026-07-28, or of one session before. */
  readonly create: (generation: "request" | "session") => Server;
  /** Has the changes for the streams of clients since 2026-07-28. */
  readonly bus?: ServerEventBus;
  /** `sse` sends the head of a response before its result is known. */
  readonly responseMode?: PerRequestResponseMode;
  /** Called with a new session or stream. What it returns is disposed with it. @throws BridgeError to refuse it */
  readonly opened?: (request: IncomingMessage, close: () => void) => Disposable;
}

/**
 * An MCP server over Streamable HTTP for one client: requests of version 2026-07-28 are served one by one, and those of
 * earlier versions in sessions, at the same path (docs/decisions/mcp.md).
 */
export class McpEndpoint implements Disposable {
  readonly #options: EndpointOptions;
  readonly #modern: McpHttpHandler;
  readonly #serveModern: McpHttpHandler["fetch"];
  readonly #sessions: Sessions;
  #requests = 0;

  constructor(options: EndpointOptions) {
    const { bus, clock, create, limits, logger, responseMode } = options;
    this.#options = options;
    this.#modern = createMcpHandler(() => create("request"), {
      legacy: "reject",
      maxSubscriptions: limits.maxSubscriptions,
      keepAliveMs: KEEP_ALIVE_MS,
      onerror: (error) => logger.debug("An MCP request was not served", { error: messageOf(error) }),
      ...(bus !== undefined && { bus }),
      ...(responseMode !== undefined && { responseMode }),
    });
    this.#serveModern = this.#modern.fetch;
    this.#sessions = new Sessions({ clock, maxSessions: limits.maxSessions, create: () => create("session") });
  }

  /** True if it holds nothing for its client. */
  get isIdle(): boolean {
    return this.#requests === 0 && this.#sessions.size === 0;
  }

  /**
   * Responds to a request. Resolves when the response is complete.
   * @param body the JSON value of its body
   * @throws BridgeError RATE_LIMIT_EXCEEDED; those of `Sessions.handle`
   */
  async serve(request: IncomingMessage, response: Answer, body: unknown): Promise<void> {
    const { maxRequests } = this.#options.limits;
    if (this.#requests >= maxRequests) throw tooManyRequests(maxRequests);
    this.#requests++;
    try {
      await this.#serve(request, response, toWebRequest(request, response, body));
    } finally {
      this.#requests--;
    }
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#modern.close(), this.#sessions.dispose()]);
  }

  async #serve(request: IncomingMessage, response: Answer, converted: WebRequest): Promise<void> {
    const { web, body } = converted;
    const { clock } = this.#options;
    const send = (answer: Response): Promise<void> => sendWebResponse(response, answer, clock);
    if (await isLegacyRequest(web, body))
      return this.#sessions.handle(converted, send, (session) => this.#open(request, () => void session.dispose()));
    const answer = await this.#serveModern(web, { parsedBody: body });
    const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
    if (!isStream) return send(answer);
    const entry = await this.#open(request, () => void response.destroy());
    try {
      await send(answer);
    } finally {
      await entry.dispose();
    }
  }

  /** Reports a new session or stream. Where there are too many, an idle session ends for it. */
  async #open(request: IncomingMessage, close: () => void): Promise<Disposable> {
    const { opened = () => nothing } = this.#options;
    try {
      return opened(request, close);
    } catch (error) {
      const isFull = isBridgeError(error) && error.code === "RATE_LIMIT_EXCEEDED";
      if (!isFull || !(await this.#sessions.endIdle())) throw error;
      return opened(request, close);
    }
  }
}

const nothing: Disposable = { dispose: () => undefined };

function tooManyRequests(limit: number): BridgeError {
  return new BridgeError(
    "RATE_LIMIT_EXCEEDED",
    `${limit} MCP requests of this client are in progress. Try again later.`,
    {
      limit,
    },
  );
}
