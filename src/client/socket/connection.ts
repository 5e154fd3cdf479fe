import { onAbort } from "../../base/abort.ts";
import { startDeadline } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import { KiroBridgeError } from "../errors.ts";
import { failureOfBody } from "../http/failure.ts";
import type { Transport } from "./transport.ts";

/** The methods of the other side: the params and the result of each. */
type MethodTable<T> = { readonly [M in keyof T]: { readonly params: unknown; readonly result: unknown } };

export interface SendOptions<R = unknown> {
  /** Ends the wait, and the call rejects with the signal's reason. The other side goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Deadline of the reply, in milliseconds; none by default. */
  readonly timeoutMs?: number | undefined;
  /** The message of the error after the deadline, for people. */
  readonly lateMessage?: string | undefined;
  /** Takes the result before anything that is received after it. */
  readonly onResult?: ((result: R) => void) | undefined;
}

interface Reply {
  readonly id: string | number | null;
  readonly result?: unknown;
  readonly error?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Calls the methods of the other side of a transport, and receives what it pushes. Every call is settled: by its reply,
 * by its deadline, by its signal, or when the connection is closed.
 */
export class Connection<T extends MethodTable<T>> implements Disposable {
  readonly #store = new DisposableStore();
  readonly #transport: Transport;
  readonly #pushed = this.#store.add(new Emitter<unknown>());
  /** Fires for each message that is not a reply. */
  readonly onDidPush = this.#pushed.event;
  readonly #pending = new Map<Reply["id"], (reply: Omit<Reply, "id">) => void>();
  #lastId = 0;
  /** The error of further calls, after the connection was closed. */
  #closed: unknown;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#store.add(transport.onDidReceive((message) => this.#receive(message)));
  }

  /**
   * Calls a method. The result is trusted to be that of the table.
   * @throws KiroBridgeError of the other side; OPERATION_TIMEOUT; the error with which the connection was closed
   */
  call<M extends keyof T & string>(
    method: M,
    params: T[M]["params"],
    options: SendOptions<T[M]["result"]> = {},
  ): Promise<T[M]["result"]> {
    return new Promise((resolve, reject) => {
      options.signal?.throwIfAborted();
      if (this.#closed === undefined) this.#ask(method, params, options, { resolve, reject });
      else reject(this.#closed);
    });
  }

  /** Rejects all calls with an error, also later ones. */
  close(error: unknown): void {
    this.#closed ??= error;
    for (const settle of this.#pending.values()) settle({ error: {} });
    void this.#store.dispose();
  }

  dispose(): void {
    this.close(new KiroBridgeError("NETWORK_ERROR", "The connection was closed."));
  }

  #ask<R>(
    method: string,
    params: unknown,
    { signal, timeoutMs, lateMessage, onResult }: SendOptions<R>,
    { resolve, reject }: { resolve: (result: R) => void; reject: (error: unknown) => void },
  ): void {
    const id = ++this.#lastId;
    const store = new DisposableStore();
    const end = (): void => {
      this.#pending.delete(id);
      void store.dispose();
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    this.#pending.set(id, ({ result, error }) => {
      if (error !== undefined) return fail(this.#closed ?? failureOfBody(error));
      end();
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table describes the other side, which is ours
      const value = result as R;
      onResult?.(value);
      resolve(value);
    });
    if (timeoutMs !== undefined) store.add(startDeadline(timeoutMs, () => fail(late(method, timeoutMs, lateMessage))));
    if (signal !== undefined) store.add(onAbort(signal, fail));
    try {
      this.#transport.post({ id, method, ...(params !== undefined && { params }) });
    } catch (error) {
      fail(error);
    }
  }

  #receive(message: unknown): void {
    if (isReply(message)) this.#pending.get(message.id)?.(message);
    else this.#pushed.fire(message);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isReply(message: unknown): message is Reply {
  if (!isObject(message) || !("id" in message)) return false;
  const { id } = message;
  const hasId = typeof id === "string" || typeof id === "number" || id === null;
  return hasId && (!("error" in message) || message.error === undefined || isObject(message.error));
}

function late(
  operation: string,
  timeoutMs: number,
  message = `The call of "${operation}" took longer than ${timeoutMs} ms.`,
): KiroBridgeError {
  return new KiroBridgeError("OPERATION_TIMEOUT", message, {
    recoverable: true,
    context: { operation, timeoutMs },
  });
}
