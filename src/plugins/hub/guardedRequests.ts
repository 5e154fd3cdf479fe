import type { Logger } from "../../base/logger.ts";
import { isBridgeError, messageOf } from "../../protocol/errors.ts";
import { CircuitBreaker, circuitTopic, type CircuitTransition } from "../breaker/circuitBreaker.ts";
import { RetryPolicy } from "../breaker/retryPolicy.ts";
import type { NewRequest, Untyped } from "../bus/message.ts";
import type { BusParticipant, RequestOptions } from "../bus/participant.ts";
import type { PluginManifest } from "../manifest/pluginManifest.ts";
import type { PluginDirectory } from "./pluginDirectory.ts";

export interface GuardedRequestsDeps {
  /** The participant of the bridge. */
  readonly bus: Pick<BusParticipant, "request" | "publish">;
  readonly directory: Pick<PluginDirectory, "plugins">;
  readonly logger: Logger;
}

type ErrorHandling = NonNullable<PluginManifest["errorHandling"]>;

/** A circuit, with the settings that it was made with as JSON. */
interface Circuit {
  readonly settings: string;
  readonly breaker: CircuitBreaker;
}

const RPC_TOPIC = /^plugin\/([^/]+)\/rpc$/;
const DEFAULT_TIMEOUT_MS = 30_000;
/** Maximum number of circuits; the oldest is evicted. */
const MAX_CIRCUITS = 500;
/** Errors after which the method has certainly not run, and may run soon. */
const NOT_RUN = ["NOT_FOUND", "RATE_LIMIT_EXCEEDED"];
/** Errors of the caller, which a working plugin answers with. */
const OF_CALLER: ReadonlySet<unknown> = new Set(["VALIDATION_FAILED", "NOT_FOUND"]);

/** A plugin has answered with an error. */
class ErrorReply extends Error {
  readonly code: unknown;
  readonly payload: Untyped;

  constructor(payload: Untyped) {
    super(String(payload.error?.message ?? payload.error));
    this.code = payload.error?.code;
    this.payload = payload;
  }
}

/**
 * Sends the calls of the bridge to plugins as `errorHandling` of their manifests says: through a circuit breaker, whose
 * transitions are published on `plugin/<name>/circuit-breaker`, and with retries. Without `retryableErrors`, only what has
 * certainly not run is repeated. Plugins that say nothing get each call once.
 */
export class GuardedRequests implements Pick<BusParticipant, "request"> {
  readonly #deps: GuardedRequestsDeps;
  readonly #circuits = new Map<string, Circuit>();
  /** The errors of cancelled calls, which say nothing of the plugin. */
  readonly #cancelled = new WeakSet<object>();

  constructor(deps: GuardedRequestsDeps) {
    this.#deps = deps;
  }

  async request(message: NewRequest, options: RequestOptions = {}): Promise<Untyped> {
    const plugin = RPC_TOPIC.exec(message.topic)?.[1] ?? "";
    const handling = this.#deps.directory.plugins().find(({ name }) => name === plugin)?.manifest?.errorHandling;
    if (handling === undefined) return await this.#deps.bus.request(message, options);
    try {
      return await this.#guarded(plugin, handling, message, options);
    } catch (error) {
      // The caller reads it as any other answer.
      if (error instanceof ErrorReply) return error.payload;
      throw error;
    }
  }

  #guarded(plugin: string, handling: ErrorHandling, message: NewRequest, options: RequestOptions): Promise<Untyped> {
    const breaker = this.#breakerOf(plugin, handling.circuitBreaker);
    const send = (request: NewRequest): Promise<Untyped> => {
      const call = (): Promise<Untyped> => this.#send(request, options);
      return breaker === undefined ? call() : breaker.execute(call);
    };
    return handling.retryPolicy === undefined ? send(message) : retried(handling.retryPolicy, message, options, send);
  }

  async #send(message: NewRequest, options: RequestOptions): Promise<Untyped> {
    try {
      const payload = await this.#deps.bus.request(message, options);
      const error: Untyped = payload?.error;
      if (error === undefined || OF_CALLER.has(error?.code)) return payload;
      throw new ErrorReply(payload);
    } catch (error) {
      if (options.signal?.aborted === true && typeof error === "object" && error !== null) this.#cancelled.add(error);
      throw error;
    }
  }

  #breakerOf(plugin: string, settings: ErrorHandling["circuitBreaker"]): CircuitBreaker | undefined {
    if (settings === undefined || settings.enabled === false) return undefined;
    const text = JSON.stringify(settings);
    const known = this.#circuits.get(plugin);
    if (known?.settings === text) return known.breaker;
    const { threshold, timeout, halfOpenRetries, monitoringWindow } = settings;
    const onTransition = (transition: CircuitTransition): void => this.#publish(plugin, transition);
    const breaker = new CircuitBreaker(
      plugin,
      {
        threshold,
        timeout,
        halfOpenRetries,
        monitoringWindow: monitoringWindow || undefined,
        isFailure: this.#isFailure,
      },
      { onTransition },
    );
    this.#circuits.delete(plugin);
    this.#circuits.set(plugin, { settings: text, breaker });
    const [oldest] = this.#circuits.keys();
    if (this.#circuits.size > MAX_CIRCUITS && oldest !== undefined) this.#circuits.delete(oldest);
    return breaker;
  }

  readonly #isFailure = (error: unknown): boolean | undefined => {
    if (typeof error === "object" && error !== null && this.#cancelled.has(error)) return undefined;
    if (!isBridgeError(error)) return true;
    // Answered at once by the bus: the plugin is not running, or still starting.
    if (error.code === "NOT_FOUND") return undefined;
    return error.code !== "VALIDATION_FAILED";
  };

  #publish(plugin: string, payload: CircuitTransition): void {
    this.#deps.bus.publish({ topic: circuitTopic(plugin), payload }).catch((error: unknown) => {
      this.#deps.logger.warn("A transition of a circuit breaker was not published", { error: messageOf(error) });
    });
  }
}

/** Repeats a request within its timeout. */
async function retried(
  policy: NonNullable<ErrorHandling["retryPolicy"]>,
  message: NewRequest,
  { signal }: RequestOptions,
  send: (request: NewRequest) => Promise<Untyped>,
): Promise<Untyped> {
  const { maxRetries, backoff, initialDelay, maxDelay, retryableErrors = NOT_RUN } = policy;
  const { timeout = DEFAULT_TIMEOUT_MS } = message;
  const endsAt = performance.now() + timeout;
  const late = AbortSignal.timeout(timeout);
  let last: unknown;
  try {
    const retries = new RetryPolicy({ maxRetries, backoff, initialDelay, maxDelay, retryableErrors });
    const ended = signal === undefined ? late : AbortSignal.any([signal, late]);
    return await retries.execute(async () => {
      try {
        return await send({ ...message, timeout: Math.max(1, Math.ceil(endsAt - performance.now())) });
      } catch (error) {
        last = error;
        throw error;
      }
    }, ended);
  } catch (error) {
    throw late.aborted && signal?.aborted !== true ? last : error;
  }
}
