import { within } from "../../base/deadline.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { unavailable } from "../../protocol/unavailable.ts";
import type { NewMessage, NewRequest, Untyped } from "../bus/message.ts";
import type {
  BusParticipant,
  BusStats,
  BusSubscription,
  DeliveryHandler,
  RequestOptions,
  SubscribeOptions,
} from "../bus/participant.ts";
import { patternOf } from "../bus/topics.ts";

/** The time in milliseconds that an operation waits for a bus, and how many may wait. */
const WAIT_MS = 10_000;
const MAX_WAITING = 1000;

interface Followed {
  readonly pattern: string;
  readonly handler: DeliveryHandler;
  readonly options: SubscribeOptions;
  current: BusSubscription | undefined;
}

export interface FollowingDeps {
  /** Takes what no caller can be told: a subscription that was rejected by a later bus. */
  readonly onError: (error: unknown) => void;
  readonly onDispose: () => void;
}

const nothing: BusStats = {
  participants: 0,
  subscriptions: 0,
  pendingRequests: 0,
  published: 0,
  delivered: 0,
  undelivered: 0,
  expired: 0,
  lost: 0,
  duplicates: 0,
  deadLetters: 0,
  handlerErrors: 0,
  requests: 0,
  failedRequests: 0,
  topics: [],
};

/**
 * A participant that stays when the bus moves to another window: it subscribes there again. Requests that wait for their
 * responses fail with a recoverable error; operations in between wait for the next bus.
 */
export class FollowingParticipant implements BusParticipant {
  readonly name: string;
  readonly #deps: FollowingDeps;
  readonly #subscriptions = new Set<Followed>();
  #inner: BusParticipant | undefined;
  #next = Promise.withResolvers<BusParticipant>();
  #waiting = 0;
  #isDisposed = false;

  constructor(name: string, deps: FollowingDeps) {
    this.name = name;
    this.#deps = deps;
  }

  /** Moves to another bus, or to none. Disposes the participant of the one before. */
  follow(inner: BusParticipant | undefined): void {
    if (this.#isDisposed) return void inner?.dispose();
    void this.#inner?.dispose();
    this.#inner = inner;
    for (const followed of this.#subscriptions) {
      followed.current = undefined;
      if (inner !== undefined) this.#subscribeAt(inner, followed);
    }
    if (inner === undefined) return;
    this.#next.resolve(inner);
    this.#next = Promise.withResolvers();
  }

  publish(message: NewMessage): Promise<void> {
    return this.#inner?.publish(message) ?? this.#whenThere().then((inner) => inner.publish(message));
  }

  subscribe(pattern: string, handler: DeliveryHandler, options: SubscribeOptions = {}): BusSubscription {
    if (this.#isDisposed) throw left();
    const followed: Followed = { pattern: patternOf(pattern).text, handler, options, current: undefined };
    if (this.#inner !== undefined) followed.current = this.#inner.subscribe(pattern, handler, options);
    this.#subscriptions.add(followed);
    return {
      pattern: followed.pattern,
      unsubscribe: () => {
        this.#subscriptions.delete(followed);
        followed.current?.unsubscribe();
      },
    };
  }

  request(message: NewRequest, options: RequestOptions = {}): Promise<Untyped> {
    if (this.#inner !== undefined) return this.#inner.request(message, options);
    return this.#whenThere().then((inner) => inner.request(message, options));
  }

  respond(correlationId: string, payload?: unknown): Promise<void> {
    return this.#inner?.respond(correlationId, payload) ?? Promise.reject(moved());
  }

  progress(correlationId: string, payload: unknown): Promise<void> {
    return this.#inner?.progress(correlationId, payload) ?? Promise.reject(moved());
  }

  stats(): BusStats {
    return this.#inner?.stats() ?? nothing;
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#subscriptions.clear();
    this.#deps.onDispose();
    this.#next.promise.catch(() => undefined);
    this.#next.reject(left());
    await this.#inner?.dispose();
  }

  async #whenThere(): Promise<BusParticipant> {
    if (this.#isDisposed) throw left();
    if (this.#waiting >= MAX_WAITING)
      throw new BridgeError("RATE_LIMIT_EXCEEDED", "Too much waits for the bus.", { limit: MAX_WAITING });
    this.#waiting++;
    try {
      const inner = await within(this.#next.promise, WAIT_MS, undefined);
      if (inner === undefined) throw moved();
      return inner;
    } finally {
      this.#waiting--;
    }
  }

  #subscribeAt(inner: BusParticipant, followed: Followed): void {
    try {
      followed.current = inner.subscribe(followed.pattern, followed.handler, followed.options);
    } catch (error) {
      this.#deps.onError(error);
    }
  }
}

function moved(): BridgeError {
  return unavailable("window-gone", "The bus moves to another window. Try again in a moment.");
}

function left(): BridgeError {
  return unavailable("bridge-stopping", "This participant has left the bus.");
}
