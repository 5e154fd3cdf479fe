import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import {
  isInitializeRequest,
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type RequestId,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { within } from "../../base/deadline.ts";
import { ClientPipe } from "./clientPipe.ts";
import { errorResponse, hasNotBegun, isConnectionFailure } from "./failures.ts";

/** Maximum number of requests of the client without a response. */
const MAX_PENDING = 1000;
/** Time in milliseconds to wait for a bridge that starts again. */
const RESTART_MS = 30_000;
const RETRY_MS = 250;
const END_MS = 2000;
const TOO_MANY = `More than ${MAX_PENDING} requests have no response yet.`;
const LOST = "The stream has ended without a response.";
const VERSION_FIELD = "io.modelcontextprotocol/protocolVersion";
const reconnectionOptions = {
  initialReconnectionDelay: RETRY_MS,
  maxReconnectionDelay: 2000,
  reconnectionDelayGrowFactor: 2,
  maxRetries: 5,
};

/** An address of the bridge, and the headers that it gets. */
export interface BridgeAccess {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RelayDeps {
  /** Finds the bridge, which may have another address and token each time. @throws CliFailure, KiroBridgeError */
  readonly find: () => Promise<BridgeAccess>;
  /** Describes an error for people. */
  readonly sentenceOf: (error: unknown) => string;
  /** Reports what belongs to no request. */
  readonly warn: (error: unknown) => void;
}

interface PendingRequest {
  readonly abort: AbortController;
  /** True for a request since 2026-07-28, whose stream is closed to cancel it. */
  readonly isModern: boolean;
}

/**
 * Relays MCP between a client that speaks over stdio and the bridge, in both directions. Survives a restart of the bridge: it
 * finds it again, repeats the handshake of the client, and sends again what the bridge has not begun.
 */
export class McpRelay {
  readonly #deps: RelayDeps;
  readonly #client: ClientPipe;
  readonly #pending = new Map<RequestId, PendingRequest>();
  #http: StreamableHTTPClientTransport | undefined;
  #opening: Promise<StreamableHTTPClientTransport> | undefined;
  /** The handshake of a client before 2026-07-28. */
  #initialize: JSONRPCRequest | undefined;
  /** Set while a handshake is repeated, whose response the client must not get. */
  #repeated: { readonly id: RequestId; readonly done: () => void } | undefined;
  #isEnded = false;

  constructor(deps: RelayDeps) {
    this.#deps = deps;
    this.#client = new ClientPipe((message) => void this.#fromClient(message), deps.warn);
  }

  /** Relays until the client closes its end or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#client.ended(signal);
    this.#isEnded = true;
    for (const { abort } of this.#pending.values()) abort.abort();
    const http = this.#http;
    if (http !== undefined)
      await within(
        http.terminateSession().catch(() => undefined),
        END_MS,
        undefined,
      );
    await http?.close();
  }

  async #fromClient(message: JSONRPCMessage): Promise<void> {
    if (isJSONRPCRequest(message)) return await this.#request(message);
    if (isJSONRPCNotification(message) && message.method === "notifications/cancelled") {
      const id: unknown = message.params?.["requestId"];
      const pending = typeof id === "string" || typeof id === "number" ? this.#pending.get(id) : undefined;
      if (pending?.isModern === true) return pending.abort.abort();
    }
    try {
      await this.#send(message, {});
    } catch (error) {
      this.#deps.warn(error);
    }
  }

  async #request(request: JSONRPCRequest): Promise<void> {
    const { id } = request;
    if (this.#pending.size >= MAX_PENDING) {
      await this.#toClient(errorResponse(id, new Error(TOO_MANY), this.#deps.sentenceOf));
      return;
    }
    const abort = new AbortController();
    const isModern = typeof Object(request.params?.["_meta"])[VERSION_FIELD] === "string";
    this.#pending.set(id, { abort, isModern });
    if (isInitializeRequest(request)) this.#initialize = request;
    const fail = async (error: unknown) => {
      if (this.#pending.delete(id) && !abort.signal.aborted)
        await this.#toClient(errorResponse(id, error, this.#deps.sentenceOf));
    };
    try {
      const onRequestStreamEnd = () => void fail(new TypeError(LOST));
      await this.#send(request, { requestSignal: abort.signal, onRequestStreamEnd });
    } catch (error) {
      await fail(error);
    }
  }

  async #send(message: JSONRPCMessage, options: { requestSignal?: AbortSignal; onRequestStreamEnd?: () => void }) {
    const http = await this.#connected();
    try {
      await http.send(message, options);
    } catch (error) {
      if (this.#isEnded || options.requestSignal?.aborted === true || !isRepeatable(message, error)) throw error;
      const next = await this.#reopen(http);
      await next.send(message, options);
    }
  }

  #connected(): Promise<StreamableHTTPClientTransport> {
    return this.#http === undefined || this.#opening !== undefined ? this.#open(0) : Promise.resolve(this.#http);
  }

  /** Replaces a connection that has failed, once for all that have noticed it. */
  async #reopen(failed: StreamableHTTPClientTransport): Promise<StreamableHTTPClientTransport> {
    if (this.#http !== failed) return await this.#connected();
    this.#http = undefined;
    const opening = this.#open(RESTART_MS);
    await failed.close();
    return await opening;
  }

  #open(patienceMs: number): Promise<StreamableHTTPClientTransport> {
    this.#opening ??= this.#connect(patienceMs).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #connect(patienceMs: number): Promise<StreamableHTTPClientTransport> {
    const until = performance.now() + patienceMs;
    for (;;) {
      try {
        const http = await this.#handshake(await this.#deps.find());
        this.#http = http;
        return http;
      } catch (error) {
        if (this.#isEnded || performance.now() >= until) throw error;
        await setTimeout(RETRY_MS);
      }
    }
  }

  /** Connects, and repeats the handshake of the client if it has had one with an earlier bridge. */
  async #handshake({ url, headers }: BridgeAccess): Promise<StreamableHTTPClientTransport> {
    const http: StreamableHTTPClientTransport = new StreamableHTTPClientTransport(url, {
      requestInit: { headers },
      reconnectionOptions,
      fetch: (input, init) => this.#exchange(http, input, init),
    });
    Object.assign(http, {
      onmessage: (message: JSONRPCMessage) => void this.#fromBridge(http, message),
      onerror: (error: Error) => this.#deps.warn(error),
    });
    await http.start();
    const initialize = this.#initialize;
    if (initialize === undefined || this.#pending.has(initialize.id)) return http;
    const id = `kiro-bridge-${randomUUID()}`;
    const answered = new Promise<void>((resolve, reject) => {
      this.#repeated = { id, done: resolve };
      http.send({ ...initialize, id }, { onRequestStreamEnd: () => reject(new TypeError(LOST)) }).catch(reject);
    });
    await answered;
    await http.send({ jsonrpc: "2.0", method: "notifications/initialized" });
    return http;
  }

  /** Notices that the stream for messages of the bridge has ended, which no request waits for. */
  async #exchange(http: StreamableHTTPClientTransport, input: string | URL, init?: RequestInit): Promise<Response> {
    const isStream = init?.method === "GET";
    try {
      const response = await fetch(input, init);
      if (isStream && [401, 404].includes(response.status)) this.#renew(http);
      return response;
    } catch (error) {
      if (isStream && !this.#isEnded) this.#renew(http);
      throw error;
    }
  }

  #renew(http: StreamableHTTPClientTransport): void {
    if (this.#http === http) void this.#reopen(http).catch((error: unknown) => this.#deps.warn(error));
  }

  async #fromBridge(http: StreamableHTTPClientTransport, message: JSONRPCMessage): Promise<void> {
    if (isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) {
      const id = message.id ?? "";
      const isHandshake = id === this.#repeated?.id || id === this.#initialize?.id;
      if (isHandshake && isJSONRPCResultResponse(message)) {
        const version: unknown = Object(message.result)["protocolVersion"];
        if (typeof version === "string") http.setProtocolVersion(version);
      }
      if (id === this.#repeated?.id) return this.#repeated.done();
      this.#pending.delete(id);
    }
    await this.#toClient(message);
  }

  async #toClient(message: JSONRPCMessage): Promise<void> {
    await this.#client.send(message);
  }
}

/** Returns true if a message can be sent again: the bridge has not begun it, or it has no effects. */
function isRepeatable(message: JSONRPCMessage, error: unknown): boolean {
  if (hasNotBegun(error)) return true;
  return isConnectionFailure(error) && "method" in message && message.method !== "tools/call";
}
