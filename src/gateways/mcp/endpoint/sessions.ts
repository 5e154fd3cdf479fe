import { randomUUID } from "node:crypto";
import { type Server, WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import type { Clock } from "../../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../../base/disposables.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { cancelledRequests, isInitialize } from "./messages.ts";
import type { WebRequest } from "./exchange.ts";

/** Time in milliseconds without a request or an open stream, after which a session ends. */
const IDLE_MS = 30 * 60_000;
/** Interval in milliseconds of the comments that keep a stream open. */
export const KEEP_ALIVE_MS = 15_000;

/** Sends a response, to its end. */
export type Send = (response: Response) => Promise<void>;

export interface SessionsOptions {
  readonly clock: Clock;
  /** Maximum number of sessions. The least recently used one without an open stream is ended for a new one. */
  readonly maxSessions: number;
  /** Creates the server of a session. */
  readonly create: () => Server;
}

/** The sessions of one client that speaks a version of MCP before 2026-07-28. */
export class Sessions implements Disposable {
  readonly #options: SessionsOptions;
  /** The least recently used one first. */
  readonly #sessions = new Map<string, Session>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /**
   * Resolves when `send` has sent the response.
   * @param began called with a new session; what it returns is disposed with the session. It may refuse it
   * @throws BridgeError NOT_FOUND for an unknown session, VALIDATION_FAILED without one, RATE_LIMIT_EXCEEDED
   */
  async handle(request: WebRequest, send: Send, began?: (session: Disposable) => Promise<Disposable>): Promise<void> {
    const id = request.web.headers.get("mcp-session-id");
    if (id === null) return request.web.method === "POST" ? this.#begin(request, send, began) : send(postOnly());
    const session = this.#sessions.get(id);
    if (session === undefined) throw noSession();
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session.handle(request, send);
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(async (session) => session.dispose()));
  }

  async #begin(request: WebRequest, send: Send, began?: (session: Disposable) => Promise<Disposable>): Promise<void> {
    if (!isInitialize(request.body)) throw sessionMissing();
    await this.#makeRoom();
    const id = randomUUID();
    const session = new Session(id, this.#options.create(), this.#options.clock, () => this.#sessions.delete(id));
    try {
      if (began !== undefined) session.add(await began(session));
      await session.connect();
    } catch (error) {
      await session.dispose();
      throw error;
    }
    this.#sessions.set(id, session);
    return session.handle(request, send);
  }

  /** Ends the least recently used session in which nothing runs. @returns false if there is none */
  async endIdle(): Promise<boolean> {
    const idle = [...this.#sessions.values()].find((session) => session.isIdle);
    await idle?.dispose();
    return idle !== undefined;
  }

  async #makeRoom(): Promise<void> {
    const { maxSessions } = this.#options;
    if (this.#sessions.size >= maxSessions && !(await this.endIdle())) throw tooManySessions(maxSessions);
  }
}

/** One session: one server and its transport. */
class Session implements Disposable {
  readonly #server: Server;
  readonly #transport: WebStandardStreamableHTTPServerTransport;
  readonly #clock: Clock;
  readonly #store = new DisposableStore();
  #idle: Disposable | undefined;
  /** Number of responses that are not complete. */
  #open = 0;

  constructor(id: string, server: Server, clock: Clock, onEnd: () => void) {
    this.#server = server;
    this.#clock = clock;
    this.#transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      // The client has ended it.
      onsessionclosed: () => void this.dispose(),
      keepAliveMs: KEEP_ALIVE_MS,
    });
    this.#store.defer(onEnd);
    this.#store.defer(() => this.#server.close());
    this.#store.defer(() => this.#idle?.dispose());
  }

  get isIdle(): boolean {
    return this.#open === 0;
  }

  add(disposable: Disposable): void {
    this.#store.add(disposable);
  }

  async connect(): Promise<void> {
    await this.#server.connect(this.#transport);
  }

  /** Resolves when `send` has sent the response. */
  async handle({ web, body }: WebRequest, send: Send): Promise<void> {
    this.#opened();
    try {
      const response = await this.#transport.handleRequest(web, body === undefined ? {} : { parsedBody: body });
      // No response follows to a cancelled request, so nothing else would end its stream.
      const cancelled = cancelledRequests(body);
      if (cancelled.length > 0) setImmediate(() => this.#endStreams(cancelled));
      await send(response);
    } finally {
      this.#closed();
    }
  }

  async dispose(): Promise<void> {
    await this.#store.dispose();
  }

  #endStreams(requests: readonly (string | number)[]): void {
    for (const id of requests) this.#transport.closeSSEStream(id);
  }

  #opened(): void {
    this.#open++;
    void this.#idle?.dispose();
    this.#idle = undefined;
  }

  #closed(): void {
    this.#open--;
    if (this.#open === 0) this.#idle = this.#clock.after(IDLE_MS, () => void this.dispose());
  }
}

/** Responds to clients since 2026-07-28, which have no session to read from or to end. */
function postOnly(): Response {
  const message = "Send requests with POST. GET and DELETE need the Mcp-Session-Id of a session.";
  const body = { jsonrpc: "2.0", error: { code: -32_000, message }, id: null };
  return Response.json(body, { status: 405, headers: { Allow: "POST" } });
}

/** MCP's answer to a session that has ended, or is another client's: the client begins a new one. */
function noSession(): BridgeError {
  return new BridgeError("NOT_FOUND", "There is no MCP session with this ID. Send an initialize request.", {
    rule: "mcp-session",
  });
}

function sessionMissing(): BridgeError {
  return new BridgeError("VALIDATION_FAILED", "Send an initialize request first, then its Mcp-Session-Id.", {
    field: "Mcp-Session-Id",
    rule: "required",
  });
}

function tooManySessions(limit: number): BridgeError {
  return new BridgeError(
    "RATE_LIMIT_EXCEEDED",
    `This client already has ${limit} MCP sessions, which are all in use.`,
    {
      limit,
    },
  );
}
