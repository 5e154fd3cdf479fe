import { onAbort } from "../../base/abort.ts";
import { startDeadline } from "../../base/deadline.ts";
import { Backoff } from "../events/backoff.ts";
import type { EventFilter } from "../events/bridgeEvents.ts";
import { EventStream } from "../events/eventStream.ts";
import type { Calls } from "../http/calls.ts";
import { newKey } from "../http/newKey.ts";
import { sentElsewhere } from "../http/sentKeys.ts";
import { traceHeaderOf } from "../http/traceHeader.ts";
import { Lifetime } from "../lifetime.ts";
import type { CallOptions } from "../options.ts";
import type { ExecuteOptions } from "../requests.ts";
import type {
  CancelResponse,
  ExecuteCommandRequest,
  ExecuteCommandResponse,
  KiroStatusResponse,
  UserInputRequest,
  UserInputResponse,
} from "../wireTypes.ts";
import type { OpenSocket } from "./openSocket.ts";
import { SocketLink } from "./socketLink.ts";
import type { SocketMethods } from "./socketMethods.ts";
import { SocketSubscription } from "./socketSubscription.ts";

/** Options of one call over a socket, whose requests are in no queue. */
export type SocketCallOptions = Pick<CallOptions, "signal" | "timeoutMs">;

/** The events of a subscription. Tickets are those of the socket. */
export type SubscriptionFilter = Omit<EventFilter, "ticket">;

export interface KiroBridgeSocketOptions {
  /** Closes the socket. */
  readonly signal?: AbortSignal | undefined;
  /** The socket fails when the bridge cannot be reached for so long, in milliseconds. By default it never does. */
  readonly maxOfflineMs?: number | undefined;
}

interface SocketDeps {
  readonly calls: Calls;
  readonly open: (signal: AbortSignal) => Promise<OpenSocket>;
}

/** The maximum number of attempts for a call that is pending when the connection is lost. */
const MAX_ATTEMPTS = 3;
/** Maximum time for the bridge to close its side, in milliseconds. */
const CLOSE_MS = 1000;

/**
 * One WebSocket to the bridge, for commands and events at the same time. It connects again when the connection is lost,
 * and calls wait for that: `execute`, `cancel` and `status` are sent again, which never runs a command twice, and `input`
 * rejects if the connection is lost while it is pending (docs/decisions/client-socket.md).
 */
export class KiroBridgeSocket implements AsyncDisposable {
  readonly #calls: Calls;
  readonly #lifetime = new Lifetime();
  readonly #link: SocketLink;
  readonly #maxOfflineMs: number;
  #isClosed = false;
  #subscription: SocketSubscription | undefined;

  constructor({ calls, open }: SocketDeps, { signal, maxOfflineMs }: KiroBridgeSocketOptions = {}) {
    this.#calls = calls;
    this.#maxOfflineMs = maxOfflineMs ?? Number.POSITIVE_INFINITY;
    const scope = this.#lifetime.scope();
    const outer = calls.lifetime.scope(signal);
    const closing = onAbort(outer.signal, (reason) => this.#lifetime.close(reason));
    this.#link = new SocketLink({
      open: () => open(scope.signal),
      backoff: new Backoff({ signal: scope.signal, maxOfflineMs: this.#maxOfflineMs }),
      signal: scope.signal,
    });
    void this.#link.ended.then(() => {
      void closing.dispose();
      void outer.dispose();
      void scope.dispose();
    });
  }

  /** Resolves when it is connected. @throws KiroBridgeError if that fails */
  async ready(): Promise<this> {
    const scope = this.#lifetime.scope();
    try {
      await this.#link.connected(scope.signal, this.#calls.timeoutMs);
      return this;
    } finally {
      void scope.dispose();
    }
  }

  /**
   * Runs a command, and resolves when it has ended or asks its first question. A command that ran and failed resolves
   * with `success: false`. Has no deadline unless `timeoutMs` is set.
   */
  execute(
    request: ExecuteCommandRequest,
    { idempotencyKey = newKey(), respondAsync, traceparent, ...options }: Omit<ExecuteOptions, "priority"> = {},
  ): Promise<ExecuteCommandResponse> {
    const placed = { ...request, ...this.#calls.placeOf(request) };
    const params = { request: placed, idempotencyKey, respondAsync, ...traceHeaderOf(traceparent) };
    return this.#call("execute", params, options);
  }

  /** Cancels an execution; `how` is what that did. */
  cancel(executionId: string, options: SocketCallOptions = {}): Promise<CancelResponse> {
    return this.#call("cancel", { executionId }, this.#withDeadline(options));
  }

  /** Answers a question. */
  input(answer: UserInputRequest, options: SocketCallOptions = {}): Promise<UserInputResponse> {
    return this.#call("input", answer, this.#withDeadline(options));
  }

  status(options: SocketCallOptions = {}): Promise<KiroStatusResponse> {
    return this.#call("status", undefined, this.#withDeadline(options));
  }

  /**
   * Returns the events from now on, or after a position, over reconnects and failovers: none twice. Subscribes at once,
   * although the events are not read yet. A socket has one subscription: the next call ends the events of the last one.
   *
   * A reader that is slow loses nothing while the bridge keeps the events: beyond 1,000 events or 1 Mi characters that
   * wait here, the bridge sends no more until they are read. Later, it reports those that it has evicted as `events-lost`.
   */
  subscribe(filter: SubscriptionFilter = {}, { signal }: Pick<CallOptions, "signal"> = {}): EventStream {
    const scope = this.#lifetime.scope(signal);
    const backoff = new Backoff({ signal: scope.signal, maxOfflineMs: this.#maxOfflineMs });
    backoff.connected();
    const deps = { link: this.#link, backoff, signal: scope.signal, timeoutMs: this.#calls.timeoutMs };
    this.#subscription?.end();
    const subscription = new SocketSubscription(deps, filter);
    this.#subscription = subscription;
    void onAbort(scope.signal, (reason) => subscription.abort(reason));
    return new EventStream(scope, subscription.events(), () => this.#isClosed || this.#calls.lifetime.isOver);
  }

  /** Closes the connection. Calls reject with an AbortError, and events end. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#lifetime.close(new DOMException("The socket was closed.", "AbortError"));
    await new Promise<void>((resolve) => {
      const deadline = startDeadline(CLOSE_MS, resolve);
      void this.#link.ended.then(() => {
        void deadline.dispose();
        resolve();
      });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #withDeadline(options: SocketCallOptions): SocketCallOptions {
    return { timeoutMs: this.#calls.timeoutMs, ...options };
  }

  async #call<M extends keyof SocketMethods>(
    method: M,
    params: SocketMethods[M]["params"],
    { signal, timeoutMs }: SocketCallOptions,
  ): Promise<SocketMethods[M]["result"]> {
    const scope = this.#lifetime.scope(signal, timeoutMs);
    try {
      let sentTo: string | undefined;
      for (let attempt = 1; ; attempt++) {
        const current = await this.#link.connected(scope.signal, this.#calls.timeoutMs);
        if (method === "execute" && sentTo !== undefined && sentTo !== current.host) throw sentElsewhere(sentTo);
        sentTo = current.host;
        try {
          return await current.connection.call(method, params, { signal: scope.signal });
        } catch (error) {
          const isLost = error === current.lostWith && current.lostWith?.recoverable === true;
          if (!isLost || method === "input" || attempt === MAX_ATTEMPTS) throw error;
        }
      }
    } finally {
      void scope.dispose();
    }
  }
}
