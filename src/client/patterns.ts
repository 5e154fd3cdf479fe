/**
 * The clients of the original integration patterns, as presets of `KiroBridgeClient`: their names, constructors and
 * methods, and what they were meant to do. Each takes another one and adds one thing, so they combine. New programs use
 * the options of `KiroBridgeClient` itself.
 */
import {
  CallMetrics,
  type CallOptions,
  CallQueue,
  CircuitBreaker,
  type CircuitBreakerMetrics,
  type CircuitState,
  type ClientEventListener,
  type ClientEventName,
  ClientEvents,
  type ClientMetrics,
  type ClientOptions,
  type ExecuteCommandResponse,
  HealthMonitor,
  type HealthStatus,
  isKiroBridgeError,
  KiroBridgeClient,
  KiroBridgeError,
  type KiroErrorCode,
  type KiroErrorFacts,
  newKey,
  type QueueStatus,
  RetryPolicy,
} from "./index.ts";

export { CircuitState, type ExecuteCommandResponse, type HealthStatus } from "./index.ts";

export type Metrics = ClientMetrics;

export interface RetryOptions {
  maxRetries: number;
  baseDelayMs: number;
  maxDelayMs: number;
  backoffMultiplier: number;
  retryableErrors: string[];
}

export interface CircuitBreakerOptions {
  failureThreshold: number;
  recoveryTimeoutMs: number;
  monitoringPeriodMs: number;
}

export type KiroEvents = { [Name in ClientEventName]: ClientEventListener<Name, ExecuteCommandResponse> };

const DEFAULT_URL = "http://localhost:3001";

/** The error of every call of a preset. */
export class KiroApiError extends KiroBridgeError {
  override readonly name = "KiroApiError";

  constructor(message: string, status: number | undefined, code: KiroErrorCode, facts: KiroErrorFacts = {}) {
    super(code, message, { ...facts, status });
  }
}

/** A client that a preset adds something to. */
export interface PatternClient {
  /** The client that sends the requests. */
  readonly bridge: KiroBridgeClient;
  executeCommand(command: string, args?: string[]): Promise<ExecuteCommandResponse>;
}

/** Pattern 1: one request, one response. */
export class SimpleKiroClient implements PatternClient {
  readonly bridge: KiroBridgeClient;

  constructor(baseUrl: string = DEFAULT_URL, apiKey?: string, options: Omit<ClientOptions, "token"> = {}) {
    this.bridge = new KiroBridgeClient(baseUrl, { ...options, token: apiKey });
  }

  /** Runs a command. @throws KiroApiError for every response that is not 2xx, and without a connection */
  async executeCommand(command: string, args?: string[]): Promise<ExecuteCommandResponse> {
    return await this.execute(command, args);
  }

  dispose(): void {
    void this.bridge.close();
  }

  protected async execute(
    command: string,
    args: readonly string[] | undefined,
    options: CallOptions = {},
  ): Promise<ExecuteCommandResponse> {
    try {
      return await this.bridge.executeCommand(command, args, options);
    } catch (error) {
      throw isKiroBridgeError(error) ? new KiroApiError(error.message, error.status, error.code, error) : error;
    }
  }
}

/** Pattern 2: at most 5 requests at the same time, over connections that are kept open. */
export class PooledKiroClient extends SimpleKiroClient {
  constructor(baseUrl: string = DEFAULT_URL, apiKey?: string) {
    super(baseUrl, apiKey, { pool: { maxSockets: 5 } });
  }
}

/** Pattern 3: repeats what failed for a temporary reason. The bridge runs a command once, however often it is repeated. */
export class ResilientKiroClient extends SimpleKiroClient {
  readonly #defaults: RetryOptions = {
    maxRetries: 3,
    baseDelayMs: 1000,
    maxDelayMs: 30_000,
    backoffMultiplier: 2,
    retryableErrors: ["KIRO_UNAVAILABLE", "OPERATION_TIMEOUT", "NETWORK_ERROR"],
  };

  async executeCommandWithRetry(
    command: string,
    args?: string[],
    options: Partial<RetryOptions> = {},
  ): Promise<ExecuteCommandResponse> {
    const policy = new RetryPolicy({ ...this.#defaults, ...options });
    const idempotencyKey = newKey();
    return await policy.run(() => this.execute(command, args, { idempotencyKey }));
  }
}

/** Pattern 4: refuses calls while the bridge does not respond. */
export class CircuitBreakerKiroClient implements PatternClient {
  readonly bridge: KiroBridgeClient;
  readonly #client: PatternClient;
  readonly #breaker: CircuitBreaker;

  constructor(client: PatternClient, options: Partial<CircuitBreakerOptions> = {}) {
    this.bridge = client.bridge;
    this.#client = client;
    this.#breaker = new CircuitBreaker(options);
  }

  /** Runs a command. @throws KiroBridgeError CIRCUIT_OPEN while the circuit is open */
  executeCommand(command: string, args?: string[]): Promise<ExecuteCommandResponse> {
    return this.#breaker.run(() => this.#client.executeCommand(command, args));
  }

  getState(): CircuitState {
    return this.#breaker.state;
  }

  getMetrics(): CircuitBreakerMetrics {
    return this.#breaker.metrics;
  }
}

/** Pattern 5: checks the health of the bridge at intervals. */
export class HealthMonitoringClient implements PatternClient {
  readonly bridge: KiroBridgeClient;
  readonly #client: PatternClient;
  readonly #monitor: HealthMonitor;

  constructor(client: PatternClient, checkIntervalMs = 30_000) {
    this.bridge = client.bridge;
    this.#client = client;
    this.#monitor = monitorOf(client, new ClientEvents(), checkIntervalMs);
  }

  executeCommand(command: string, args?: string[]): Promise<ExecuteCommandResponse> {
    return this.#client.executeCommand(command, args);
  }

  startHealthMonitoring(): void {
    this.#monitor.start();
  }

  stopHealthMonitoring(): void {
    this.#monitor.stop();
  }

  getHealthStatus(): HealthStatus {
    return this.#monitor.status;
  }

  isHealthy(): boolean {
    return this.#monitor.isHealthy;
  }

  /** Resolves when the bridge is healthy. Checks it in the meantime, also if the monitoring was not started. */
  waitForHealthy(timeoutMs = 30_000): Promise<void> {
    return this.#monitor.waitForHealthy(timeoutMs);
  }
}

/** Pattern 6: counts and measures the calls. */
export class MetricsCollectingClient implements PatternClient {
  readonly bridge: KiroBridgeClient;
  readonly #client: PatternClient;
  readonly #metrics = new CallMetrics();

  constructor(client: PatternClient) {
    this.bridge = client.bridge;
    this.#client = client;
  }

  executeCommand(command: string, args?: string[]): Promise<ExecuteCommandResponse> {
    return this.#metrics.run(() => this.#client.executeCommand(command, args));
  }

  getMetrics(): Metrics {
    return this.#metrics.read();
  }

  resetMetrics(): void {
    this.#metrics.reset();
  }
}

/** Pattern 7: runs a limited number of commands at the same time, those of higher priority first. */
export class QueuedKiroClient implements PatternClient {
  readonly bridge: KiroBridgeClient;
  readonly #client: PatternClient;
  readonly #queue: CallQueue;

  constructor(client: PatternClient, maxConcurrent = 3) {
    this.bridge = client.bridge;
    this.#client = client;
    this.#queue = new CallQueue({ maxConcurrent });
  }

  executeCommand(command: string, args?: string[], priority = 0): Promise<ExecuteCommandResponse> {
    return this.#queue.run(() => this.#client.executeCommand(command, args), { priority });
  }

  getQueueStatus(): QueueStatus {
    return this.#queue.status;
  }
}

/** Pattern 8: emits the start and the end of each command, and the availability of the bridge, checked every 5 s. */
export class EventDrivenKiroClient implements PatternClient {
  readonly bridge: KiroBridgeClient;
  readonly #client: PatternClient;
  readonly #events = new ClientEvents<ExecuteCommandResponse>();
  readonly #monitor: HealthMonitor;

  constructor(client: PatternClient) {
    this.bridge = client.bridge;
    this.#client = client;
    this.#monitor = monitorOf(client, this.#events, 5000);
    this.#monitor.start();
  }

  executeCommand(command: string, args?: string[]): Promise<ExecuteCommandResponse> {
    return this.#events.run({ command, args }, () => this.#client.executeCommand(command, args));
  }

  /** Subscribes a listener. A listener that throws affects neither the others nor the call. */
  on<Name extends ClientEventName>(name: Name, listener: KiroEvents[Name]): this {
    this.#events.on(name, listener);
    return this;
  }

  once<Name extends ClientEventName>(name: Name, listener: KiroEvents[Name]): this {
    this.#events.once(name, listener);
    return this;
  }

  off<Name extends ClientEventName>(name: Name, listener: KiroEvents[Name]): this {
    this.#events.off(name, listener);
    return this;
  }

  removeAllListeners(name?: ClientEventName): this {
    this.#events.removeAll(name);
    return this;
  }

  /** Ends the checks. They do not keep the process alive. */
  dispose(): void {
    this.#monitor.stop();
  }
}

function monitorOf(
  { bridge }: PatternClient,
  events: ClientEvents<ExecuteCommandResponse>,
  intervalMs: number,
): HealthMonitor {
  return new HealthMonitor({ check: (call) => bridge.getHealth(call), events }, { intervalMs });
}
