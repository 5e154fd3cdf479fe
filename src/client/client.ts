import { onAbort } from "../base/abort.ts";
import type { Disposable } from "../base/disposables.ts";
import type { ChatTurn } from "./chat/chatTurn.ts";
import { CHAT_COMMAND, type ChatOptions, openChat } from "./chat/openChat.ts";
import { DiscoveredEndpoint, type DiscoveryOptions } from "./discovery/discoveredEndpoint.ts";
import { pair, type PairOptions } from "./discovery/pair.ts";
import { type Embeddings, embed, type EmbedRequest } from "./embeddings.ts";
import { isKiroBridgeError } from "./errors.ts";
import { bridgeEvents, type EventFilter, type EventOptions } from "./events/bridgeEvents.ts";
import type { EventStream } from "./events/eventStream.ts";
import { Executions } from "./executions.ts";
import { Exports } from "./exports.ts";
import { baseSend } from "./http/baseSend.ts";
import { Calls } from "./http/calls.ts";
import { type Endpoint, FixedEndpoint } from "./http/endpoint.ts";
import { newKey } from "./http/newKey.ts";
import { hasShape, type Shape } from "./http/readBody.ts";
import type { WireRequest } from "./http/send.ts";
import { traceHeaderOf } from "./http/traceHeader.ts";
import { Lifetime } from "./lifetime.ts";
import type { CallOptions, ClientOptions } from "./options.ts";
import type { CommandQuery, ExecuteOptions } from "./requests.ts";
import type { ClientMetrics } from "./resilience/callMetrics.ts";
import type { CircuitBreaker } from "./resilience/circuitBreaker.ts";
import { type ClientEventListener, type ClientEventName, ClientEvents } from "./resilience/clientEvents.ts";
import { composeSend, type ResilientSend } from "./resilience/composeSend.ts";
import { HealthMonitor } from "./resilience/health.ts";
import type { QueueStatus } from "./resilience/queue.ts";
import { Sessions } from "./sessions.ts";
import { type ConnectOptions, connectSocket } from "./socket/connectSocket.ts";
import type { KiroBridgeSocket } from "./socket/kiroBridgeSocket.ts";
import type {
  ChatRequest,
  CommandList,
  ExecuteCommandRequest,
  ExecuteCommandResponse,
  HealthResponse,
  KiroStatusResponse,
  OwnAccess,
  PolicyCheckResponse,
  Ticket,
  UserInputRequest,
  UserInputResponse,
  WindowList,
} from "./wireTypes.ts";

const HEALTH: Shape<HealthResponse> = { status: "string", server: "object" };

/** A client of Kiro Bridge: of one address, with one token. */
export class KiroBridgeClient implements AsyncDisposable {
  /** The executions of the bridge: those that run, and the history. */
  readonly executions: Executions;
  /** The conversations with Kiro CLI. */
  readonly sessions: Sessions;
  /** The destinations of exports. */
  readonly exports: Exports;
  /** The checks of the health, which are on with the option `health`, and while a program waits for it. */
  readonly health: HealthMonitor;
  readonly #endpoint: Endpoint;
  readonly #lifetime = new Lifetime();
  readonly #events: ClientEvents;
  readonly #resilience: ResilientSend;
  readonly #calls: Calls;
  /** Past the options of resilience. */
  readonly #directCalls: Calls;

  /** @param address the URL of the bridge; an endpoint is what `discover` passes */
  constructor(address: string | Endpoint = "http://127.0.0.1:3001", options: ClientOptions = {}) {
    this.#endpoint = typeof address === "string" ? new FixedEndpoint(address, options.token) : address;
    const send = baseSend({ endpoint: this.#endpoint, fetch: options.fetch, name: options.name });
    const lifetime = this.#lifetime;
    this.#resilience = composeSend(send, options);
    this.#calls = new Calls({ send: this.#resilience.send, lifetime }, options);
    this.#directCalls = new Calls({ send, lifetime }, options);
    this.executions = new Executions(this.#calls);
    this.sessions = new Sessions(this.#calls);
    this.exports = new Exports(this.#calls);
    this.#events = new ClientEvents(options.onListenerError);
    const { health = false } = options;
    const checks = { check: (call: CallOptions) => this.getHealth(call), events: this.#events };
    this.health = new HealthMonitor(checks, typeof health === "object" ? health : {});
    if (health !== false) this.health.start();
    onAbort(lifetime.scope().signal, (reason) => this.health.close(reason));
  }

  /**
   * Finds the bridge by its discovery folder, outside browsers. It proves that it has the token before the token is sent;
   * it is found again after it has moved, and with another token. With `folder`, requests go to the window that has it open.
   * @throws KiroBridgeError KIRO_UNAVAILABLE if no bridge is running, AUTHENTICATION_FAILED if it publishes no token
   */
  static async discover(options: DiscoveryOptions = {}): Promise<KiroBridgeClient> {
    const endpoint = await DiscoveredEndpoint.find(options);
    return new KiroBridgeClient(endpoint, { workspacePath: options.folder, ...options });
  }

  /**
   * Asks the user of the editor for a token of its own, which is then in `token`: keep it.
   * @throws KiroBridgeError ACCESS_DENIED if the user denies it, OPERATION_TIMEOUT if nobody decides
   */
  static async pair(options: PairOptions): Promise<KiroBridgeClient> {
    const { url, token } = await pair(options);
    return new KiroBridgeClient(url, { ...options, token });
  }

  /** `http://host:port`, without a trailing slash. */
  get baseUrl(): string {
    return this.#endpoint.url;
  }

  /** The token; undefined if there is none, or a function has not returned it yet. */
  get token(): string | undefined {
    return this.#endpoint.latestToken;
  }

  /**
   * Runs a command, and resolves when it has ended or asks its first question (`requiresInput`). A command that ran and
   * failed resolves with `success: false`. Every execution has an Idempotency-Key.
   */
  executeCommand(request: ExecuteCommandRequest, options?: ExecuteOptions): Promise<ExecuteCommandResponse>;
  executeCommand(command: string, args?: readonly string[], options?: ExecuteOptions): Promise<ExecuteCommandResponse>;
  executeCommand(
    command: ExecuteCommandRequest | string,
    second?: readonly string[] | ExecuteOptions,
    third?: ExecuteOptions,
  ): Promise<ExecuteCommandResponse> {
    const isArgs = (value: unknown): value is readonly string[] => Array.isArray(value);
    const args = isArgs(second) ? second : undefined;
    const { respondAsync, traceparent, ...options } = third ?? (isArgs(second) ? undefined : second) ?? {};
    const request = typeof command === "string" ? { command, args } : command;
    const wire: WireRequest = {
      method: "POST",
      path: "/api/kiro/execute",
      body: { ...request, ...this.#calls.placeOf(request) },
      command: request.command,
      args: request.args,
      idempotencyKey: newKey(),
      timeoutMs: undefined,
      headers: { ...traceHeaderOf(traceparent), ...(respondAsync === true && { Prefer: "respond-async" }) },
    };
    const shape: Shape<ExecuteCommandResponse> = { success: "boolean", output: "string" };
    return this.#events.run(request, () => this.#calls.json<ExecuteCommandResponse>(wire, options, shape));
  }

  /**
   * Sends a prompt to Kiro CLI. `await` the turn for its response, or read its steps with `for await`. The prompt runs
   * once, also when the stream breaks.
   */
  chat(request: string | ChatRequest, options: ChatOptions = {}): ChatTurn {
    const turn = openChat({ calls: this.#calls, executions: this.executions }, request, options);
    const prompt = typeof request === "string" ? request : (request.prompt ?? request.message);
    const named = this.#events.run({ command: CHAT_COMMAND, args: [prompt ?? ""] }, () => turn);
    // The turn has the error.
    named.catch(() => undefined);
    return turn;
  }

  /** Answers a question. */
  input(answer: UserInputRequest, options: CallOptions = {}): Promise<UserInputResponse> {
    return this.#post("/api/kiro/input", answer, options, { success: "boolean", executionId: "string" });
  }

  /** The status of the bridge; with `fields`, only these. */
  getStatus(
    options: CallOptions & { readonly fields?: readonly (keyof KiroStatusResponse)[] } = {},
  ): Promise<KiroStatusResponse> {
    const { fields, ...call } = options;
    const shape: Shape<KiroStatusResponse> = fields?.includes("status") === false ? {} : { status: "string" };
    return this.#get("/api/kiro/status", { fields: fields?.join(",") }, call, shape);
  }

  /** True if the bridge can be reached and its status is `ready`. */
  async isReady(options: CallOptions = {}): Promise<boolean> {
    try {
      return (await this.getStatus({ ...options, fields: ["status"] })).status === "ready";
    } catch (error) {
      if (isKiroBridgeError(error)) return false;
      throw error;
    }
  }

  /** The health of the bridge, also when it is `unhealthy`. Needs no token. */
  async getHealth(options: CallOptions = {}): Promise<HealthResponse> {
    try {
      return await this.#directCalls.json({ method: "GET", path: "/health" }, options, HEALTH);
    } catch (error) {
      if (isKiroBridgeError(error) && error.status === 503 && hasShape(error.body, HEALTH)) return error.body;
      throw error;
    }
  }

  /** All windows at the address. */
  windows(options: CallOptions = {}): Promise<WindowList> {
    return this.#get("/api/kiro/windows", {}, options, { windows: "object" });
  }

  /** The commands of all windows, or of one of them. */
  commands(query: CommandQuery = {}, options: CallOptions = {}): Promise<CommandList> {
    const { windowId, workspacePath } = this.#calls.placeOf(query);
    return this.#get("/api/kiro/commands", { ...query, windowId, workspacePath }, options, { commands: "object" });
  }

  /** The decision of the policy for a request, which is not executed. */
  checkPolicy(request: ExecuteCommandRequest, options: CallOptions = {}): Promise<PolicyCheckResponse> {
    const body = { ...request, ...this.#calls.placeOf(request) };
    return this.#post("/api/kiro/policy/check", body, options, { allowed: "boolean", target: "string" });
  }

  /** The metrics of the bridge, as text of Prometheus. */
  metrics(options: CallOptions = {}): Promise<string> {
    return this.#calls.text({ method: "GET", path: "/metrics", accept: "text/plain" }, options);
  }

  /** Creates a ticket, which takes the place of the token in one URL. */
  createTicket(options: CallOptions = {}): Promise<Ticket> {
    return this.#post("/api/kiro/tickets", {}, options, { ticket: "string", expiresAt: "string" });
  }

  /** The permissions of this client. */
  me(options: CallOptions = {}): Promise<OwnAccess> {
    return this.#get("/api/kiro/access/me", {}, options, { id: "string", scopes: "object" });
  }

  /**
   * The events of all windows, over reconnects, restarts and failovers: none twice, and `events-lost` where some are no
   * longer kept. `connection-ready` comes first, and after each reconnect.
   */
  events(filter: EventFilter = {}, options: EventOptions = {}): EventStream {
    return bridgeEvents(this.#calls, filter, options);
  }

  /**
   * Has an engine compute vectors for texts.
   * @throws KiroBridgeError VALIDATION_FAILED for a model that computes none
   */
  embed(request: EmbedRequest, options: CallOptions = {}): Promise<Embeddings> {
    return embed(this.#calls, request, options);
  }

  /**
   * Connects a WebSocket for commands and events at the same time. The options of resilience do not apply to it.
   * @throws KiroBridgeError if the bridge cannot be reached, or refuses the connection
   */
  connect(options: ConnectOptions = {}): Promise<KiroBridgeSocket> {
    return connectSocket({ calls: this.#directCalls, endpoint: this.#endpoint }, options);
  }

  /** The circuit breaker; undefined without the option `circuitBreaker`. */
  get circuit(): Pick<CircuitBreaker, "state" | "metrics"> | undefined {
    return this.#resilience.circuit;
  }

  /** The queue; undefined without the option `queue`. */
  get queue(): { readonly status: QueueStatus } | undefined {
    return this.#resilience.queue;
  }

  /** Numbers of the calls of this client. Those of the bridge are in `metrics`. */
  getMetrics(): ClientMetrics {
    return this.#resilience.metrics.read();
  }

  resetMetrics(): void {
    this.#resilience.metrics.reset();
  }

  /** Subscribes to the calls of this client and the checks of its health. Dispose the result to unsubscribe. */
  on<Name extends ClientEventName>(name: Name, listener: ClientEventListener<Name>): Disposable {
    return this.#events.on(name, listener);
  }

  /** Ends all streams, timers and calls. Calls reject with an AbortError, streams end. */
  close(): Promise<void> {
    this.#lifetime.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #get<T extends object>(path: string, query: object, options: CallOptions, shape: Shape<NoInfer<T>>): Promise<T> {
    return this.#calls.json({ method: "GET", path, query: { ...query } }, options, shape);
  }

  #post<T extends object>(path: string, body: object, options: CallOptions, shape: Shape<NoInfer<T>>): Promise<T> {
    return this.#calls.json({ method: "POST", path, body }, options, shape);
  }
}
