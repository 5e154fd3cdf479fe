import { onAbort } from "../../../base/abort.ts";
import { startDeadline } from "../../../base/deadline.ts";
import { DisposableStore } from "../../../base/disposables.ts";
import type { Logger } from "../../../base/logger.ts";
import { messageOf } from "../../../protocol/errors.ts";
import type { Json } from "../../../protocol/values.ts";
import { type Incoming, incomingSchema, type Outgoing, RpcError, type RpcId, RpcTimeout, rpcCodes } from "./rpc.ts";

/** Handles messages of the peer, in order. Neither method may throw. */
export interface RpcListener {
  notification(method: string, params: unknown): void;
  /** Returns undefined for an unknown method, which is reported to the peer. */
  request(method: string, params: unknown): Promise<Json> | undefined;
}

export interface RpcCall {
  /** In milliseconds. Without it, the call waits for a response or for the connection to close. */
  readonly timeoutMs?: number;
  /** Abandons the call: its response is ignored. The peer is not notified. */
  readonly signal?: AbortSignal;
  /** Called synchronously with the response, before any later message is handled. The promise resolves after that. */
  readonly onAnswer?: () => void;
}

interface PendingCall {
  readonly answer: (message: Incoming) => void;
  readonly fail: (error: Error) => void;
}

/** Writes one line, without its newline. Rejects if it cannot be written. */
export type SendLine = (line: string) => Promise<void>;

/**
 * JSON-RPC 2.0 over lines. Messages are handled in order. All pending calls are settled when the connection closes.
 * Unexpected and repeated responses are logged and ignored.
 */
export class RpcConnection {
  readonly #send: SendLine;
  readonly #listener: RpcListener;
  readonly #logger: Logger;
  readonly #calls = new Map<RpcId, PendingCall>();
  #lastId = 0;
  #closed: Error | undefined;

  constructor(send: SendLine, listener: RpcListener, logger: Logger) {
    this.#send = send;
    this.#listener = listener;
    this.#logger = logger;
  }

  /**
   * Calls a method and waits for its response. Not `async`, which would hold large parameters until then.
   * @throws RpcError, RpcTimeout, the signal's reason, or the reason of `close`
   */
  request(method: string, params: Json, call: RpcCall = {}): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (call.signal?.aborted === true) reject(call.signal.reason);
    else if (this.#closed !== undefined) reject(this.#closed);
    else {
      const id = ++this.#lastId;
      this.#calls.set(id, { answer: (message) => settle(message, call.onAnswer, resolve, reject), fail: reject });
      this.#write({ id, method, params }).catch(reject);
      return this.#answered(id, promise, this.#limit(method, call, reject));
    }
    return promise;
  }

  async #answered(id: number, answer: Promise<unknown>, store: DisposableStore): Promise<unknown> {
    try {
      return await answer;
    } finally {
      this.#calls.delete(id);
      await store.dispose();
    }
  }

  /** Sends a notification. Rejects if the line cannot be written. */
  notify(method: string, params: Json): Promise<void> {
    return this.#write({ method, params });
  }

  /** Handles one line. Ignores lines that are not messages. */
  receive(line: string): void {
    if (this.#closed !== undefined) return;
    const message = readMessage(line);
    if (message === undefined) this.#logger.warn("Kiro CLI sent a line that is not a message", { length: line.length });
    else if (message.method !== undefined) this.#serve(message.method, message);
    else this.#settleCall(message);
  }

  /** Rejects all pending calls with `reason`. Nothing is sent or handled afterwards. */
  close(reason: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    for (const call of this.#calls.values()) call.fail(reason);
    this.#calls.clear();
  }

  #limit(method: string, { timeoutMs, signal }: RpcCall, reject: (reason: unknown) => void): DisposableStore {
    const store = new DisposableStore();
    if (timeoutMs !== undefined) {
      store.add(startDeadline(timeoutMs, () => reject(new RpcTimeout(method, timeoutMs))));
    }
    if (signal !== undefined) store.add(onAbort(signal, reject));
    return store;
  }

  #settleCall(message: Incoming): void {
    const call = typeof message.id === "number" ? this.#calls.get(message.id) : undefined;
    if (call === undefined || message.id === undefined || message.id === null) {
      this.#logger.warn("Kiro CLI responded to a request that is not pending", {
        hasError: message.error !== undefined,
      });
      return;
    }
    this.#calls.delete(message.id);
    call.answer(message);
  }

  #serve(method: string, { id, params }: Incoming): void {
    if (id === undefined || id === null) {
      this.#listener.notification(method, params);
      return;
    }
    const work = this.#listener.request(method, params);
    if (work !== undefined) void this.#reply(id, work);
    else this.#answer({ id, error: { code: rpcCodes.methodNotFound, message: `Method not found: ${method}` } });
  }

  async #reply(id: RpcId, work: Promise<Json>): Promise<void> {
    try {
      this.#answer({ id, result: await work });
    } catch (error) {
      const code = error instanceof RpcError ? error.code : rpcCodes.internal;
      this.#answer({ id, error: { code, message: messageOf(error) } });
    }
  }

  #answer(message: Outgoing): void {
    if (this.#closed !== undefined) return;
    this.#write(message).catch((error: unknown) => {
      this.#logger.warn("A response to Kiro CLI could not be written", { error: messageOf(error) });
    });
  }

  #write(message: Outgoing): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return this.#send(JSON.stringify({ jsonrpc: "2.0", ...message }));
  }
}

function settle(
  { result, error }: Incoming,
  onAnswer: (() => void) | undefined,
  resolve: (result: unknown) => void,
  reject: (error: RpcError) => void,
): void {
  onAnswer?.();
  if (error === undefined || error === null) resolve(result);
  else reject(new RpcError(error.code, error.message, error.data));
}

function readMessage(line: string): Incoming | undefined {
  try {
    return incomingSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // Text that happens to begin with a brace.
  }
}
