import { onAbort } from "../../base/abort.ts";
import { abortable, startDeadline, within } from "../../base/deadline.ts";
import type { Untyped } from "../bus/message.ts";
import { MethodSlots } from "./methodSlots.ts";
import { type ParamsCheck, paramsCheckOf, type ParamsSchema } from "./paramsSchema.ts";
import { RpcError } from "./rpcError.ts";

/** The call that a handler serves. */
export interface RpcContext {
  /** The sender, as the bus has authenticated it. */
  readonly caller: string;
  /** The position of the call in a trace, which calls of others may continue. */
  readonly traceparent?: string | undefined;
  /** Aborted when the caller cancels, its deadline or that of the method passes, or the server is disposed. */
  readonly signal: AbortSignal;
  /** Sends progress to the caller. Rejects if it cannot be sent, which may be ignored. */
  readonly progress: (payload: unknown) => Promise<void>;
}

/** Its result, or what its promise resolves to, is the result of the call. What it throws is the error. */
export type RpcHandler = (params: Untyped, context: RpcContext) => unknown;

export interface RpcMethodOptions {
  /** Checks the parameters before the handler is called. */
  readonly schema?: ParamsSchema;
  /** Maximum number of calls that run at once. Default: 100. */
  readonly concurrency?: number;
  /** Maximum number of calls that wait beyond that. Default: 100. */
  readonly maxQueued?: number;
  /** Timeout of the handler in milliseconds. Default: only the deadline of the caller. */
  readonly timeoutMs?: number;
}

const DEFAULT_CONCURRENCY = 100;
const DEFAULT_MAX_QUEUED = 100;
/** Time in milliseconds for a handler to end after its signal has aborted, before another call takes its slot. */
const ABORT_GRACE_MS = 1000;

/** One method of a server: its handler, the check of its parameters and its limits. */
export class RpcMethod {
  readonly #handler: RpcHandler;
  readonly #check: ParamsCheck | undefined;
  readonly #slots: MethodSlots;
  readonly #timeoutMs: number | undefined;

  /** @throws BridgeError VALIDATION_FAILED for a JSON Schema that cannot be used */
  constructor(handler: RpcHandler, options: RpcMethodOptions) {
    const { schema, concurrency = DEFAULT_CONCURRENCY, maxQueued = DEFAULT_MAX_QUEUED, timeoutMs } = options;
    this.#handler = handler;
    this.#check = schema === undefined ? undefined : paramsCheckOf(schema);
    this.#slots = new MethodSlots({ concurrency, maxQueued });
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Serves one call. A handler that does not obey its signal does not hold up the caller.
   * @throws RpcError VALIDATION_FAILED, RATE_LIMIT_EXCEEDED, OPERATION_TIMEOUT; what the handler throws; the reason of the
   * signal
   */
  async call(params: unknown, context: RpcContext): Promise<unknown> {
    const checked: unknown = this.#check === undefined ? params : await this.#check(params);
    if (this.#timeoutMs === undefined) return await this.#run(checked, context);
    const controller = new AbortController();
    const expired = new RpcError("OPERATION_TIMEOUT", `The method did not finish within ${this.#timeoutMs} ms.`);
    const deadline = startDeadline(this.#timeoutMs, () => controller.abort(expired));
    const listening = onAbort(context.signal, (reason) => controller.abort(reason));
    try {
      return await this.#run(checked, { ...context, signal: controller.signal });
    } finally {
      void deadline.dispose();
      void listening.dispose();
    }
  }

  async #run(params: unknown, context: RpcContext): Promise<unknown> {
    const { signal } = context;
    await this.#slots.take(signal);
    const running = (async () => await this.#handler(params, context))();
    try {
      return await abortable(running, signal);
    } finally {
      if (signal.aborted) void this.#releaseLater(running);
      else this.#slots.release();
    }
  }

  async #releaseLater(running: Promise<unknown>): Promise<void> {
    const ended = running.catch(() => undefined);
    await within(ended, ABORT_GRACE_MS, undefined);
    this.#slots.release();
  }
}
