import { isBridgeError } from "../../protocol/errors.ts";
import type { Untyped } from "../bus/message.ts";
import type { BusParticipant } from "../bus/participant.ts";
import { pluginOf, rpcTopicOf } from "./endpoint.ts";
import { rpcErrorOf, rpcErrorOfBus } from "./rpcError.ts";

export interface RpcCallOptions {
  /** Timeout of the call in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
  /** The position of the call in a trace (https://www.w3.org/TR/trace-context/), which its message has in a header. */
  readonly traceparent?: string | undefined;
  /** Cancels the call, and aborts the signal of its handler. */
  readonly signal?: AbortSignal;
  /** Receives what the handler reports before its result. */
  readonly onProgress?: (payload: Untyped) => void;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** Calls the methods of one plugin. */
export class RpcClient {
  readonly #participant: Pick<BusParticipant, "request">;
  readonly #plugin: string;

  /** @throws BridgeError VALIDATION_FAILED for an endpoint that is not `plugin://<name>/rpc` */
  constructor(participant: Pick<BusParticipant, "request">, endpoint: string) {
    this.#participant = participant;
    this.#plugin = pluginOf(endpoint);
  }

  /**
   * Resolves with the result of the handler.
   * @throws RpcError with the code and data of the handler, or NOT_FOUND (no such plugin or method), VALIDATION_FAILED,
   * RATE_LIMIT_EXCEEDED, OPERATION_TIMEOUT, KIRO_UNAVAILABLE (the plugin has ended); the reason of the signal
   */
  async call<T = Untyped>(method: string, params: unknown = {}, options: RpcCallOptions = {}): Promise<T> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, traceparent, signal, onProgress } = options;
    try {
      const reply: Untyped = await this.#participant.request(
        {
          topic: rpcTopicOf(this.#plugin),
          destination: this.#plugin,
          payload: { method, params },
          timeout: timeoutMs,
          ...(traceparent !== undefined && { headers: { traceparent } }),
        },
        { ...(signal && { signal }), ...(onProgress && { onProgress }) },
      );
      return resultOf(reply);
    } catch (error) {
      throw isBridgeError(error) ? rpcErrorOfBus(error) : error;
    }
  }
}

/** Reads a reply: `{result}` or `{error}`, or else the bare result. An empty object is the result `undefined`, as JSON. */
function resultOf(reply: Untyped): Untyped {
  if (typeof reply !== "object" || reply === null) return reply;
  if ("error" in reply && reply.error !== undefined) throw rpcErrorOf(reply.error);
  if ("result" in reply) return reply.result;
  return Object.keys(reply).length === 0 ? undefined : reply;
}
