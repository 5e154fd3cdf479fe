import { type Disposable, toDisposable } from "../../base/disposables.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { Message } from "../bus/message.ts";
import type { BusParticipant, BusSubscription, Delivery } from "../bus/participant.ts";
import { pluginOf, rpcTopicOf } from "./endpoint.ts";
import { errorBodyOf, RpcError, type RpcErrorBody } from "./rpcError.ts";
import { type RpcContext, type RpcHandler, RpcMethod, type RpcMethodOptions } from "./rpcMethod.ts";

type Reply = { readonly result: unknown } | { readonly error: RpcErrorBody };

const LONGEST_QUOTE = 200;

/** Serves the methods of one plugin: requests `{method, params}` on `plugin/<name>/rpc`. */
export class RpcServer implements Disposable {
  readonly #participant: BusParticipant;
  readonly #methods = new Map<string, RpcMethod>();
  readonly #subscription: BusSubscription;

  /**
   * Starts to serve at once; a call of a method that is not registered fails.
   * @throws BridgeError VALIDATION_FAILED for an endpoint that is not `plugin://<name of the participant>/rpc`
   */
  constructor(participant: BusParticipant, endpoint: string) {
    const plugin = pluginOf(endpoint);
    if (plugin !== participant.name) {
      const message = `'${participant.name}' cannot serve ${endpoint}, which is the endpoint of another plugin.`;
      throw new BridgeError("VALIDATION_FAILED", message);
    }
    this.#participant = participant;
    // Returns at once, because a subscription waits for its handler; each method has its own limits.
    this.#subscription = participant.subscribe(rpcTopicOf(plugin), (delivery) => void this.#serve(delivery), {
      filter: ({ messageType }) => messageType === "request",
    });
  }

  /**
   * Adds a method, or replaces it. Dispose the result to remove it.
   * @throws BridgeError VALIDATION_FAILED for a JSON Schema that cannot be used
   */
  register(method: string, handler: RpcHandler, options: RpcMethodOptions = {}): Disposable {
    const added = new RpcMethod(handler, options);
    this.#methods.set(method, added);
    return toDisposable(() => {
      if (this.#methods.get(method) === added) this.#methods.delete(method);
    });
  }

  /** Removes a method. Its running calls continue. */
  unregister(method: string): void {
    this.#methods.delete(method);
  }

  /** Stops serving. The signals of the running calls abort. */
  dispose(): void {
    this.#subscription.unsubscribe();
  }

  async #serve({ message, signal }: Delivery): Promise<void> {
    const { correlationId } = message;
    if (correlationId === undefined) return;
    const reply = await this.#replyTo(message, { ...this.#contextOf(message, correlationId), signal });
    try {
      await this.#participant.respond(correlationId, reply);
    } catch (error) {
      // A result that cannot be sent, or a caller that does not wait any more.
      await this.#participant.respond(correlationId, { error: errorBodyOf(error) }).catch(() => undefined);
    }
  }

  async #replyTo({ payload }: Message<unknown>, context: RpcContext): Promise<Reply> {
    try {
      const { method, params } = readCall(payload);
      const called = this.#methods.get(method);
      if (called === undefined) throw unknownMethod(method);
      return { result: await called.call(params, context) };
    } catch (error) {
      return { error: errorBodyOf(error) };
    }
  }

  #contextOf({ source, headers }: Message, correlationId: string): Omit<RpcContext, "signal"> {
    return {
      caller: source,
      traceparent: headers["traceparent"],
      progress: (payload) => {
        const sent = this.#participant.progress(correlationId, payload);
        // Handlers need not wait for it.
        sent.catch(() => undefined);
        return sent;
      },
    };
  }
}

function readCall(payload: unknown): { readonly method: string; readonly params: unknown } {
  if (typeof payload === "object" && payload !== null && "method" in payload && typeof payload.method === "string") {
    return { method: payload.method, params: "params" in payload ? payload.params : undefined };
  }
  throw new RpcError("VALIDATION_FAILED", "A call is an object with a method and params.");
}

function unknownMethod(method: string): RpcError {
  const quoted = method.length > LONGEST_QUOTE ? `${method.slice(0, LONGEST_QUOTE)}…` : method;
  return new RpcError("NOT_FOUND", `Unknown RPC method: ${quoted}`, { reason: "unknown-method" });
}
