import { abortable } from "../../base/deadline.ts";
import { DisposableStore } from "../../base/disposables.ts";
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
import type { BusPlace } from "./busPlace.ts";
import type { DurablePatterns } from "./declaredSubscriptions.ts";
import type { ProcessHold } from "./processHold.ts";

export interface OwnParticipantDeps {
  readonly place: BusPlace;
  readonly hold: ProcessHold;
  /** Takes what no caller can be told. */
  readonly onError: (error: unknown) => void;
}

/** The participant of a message bus, until that is cleared. The process stays alive while it waits for something. */
export class OwnParticipant implements BusParticipant {
  readonly #deps: OwnParticipantDeps;
  readonly #participant: BusParticipant;
  /** Keep the process alive. */
  readonly #holds = new DisposableStore();
  /** Aborts with the error of everything that is pending, and of what comes later. */
  readonly #end = new AbortController();
  readonly #durablePatterns: DurablePatterns;
  #pendingRequests = 0;

  constructor(deps: OwnParticipantDeps, name: string) {
    this.#deps = deps;
    this.#durablePatterns = deps.place.durablePatternsOf(name);
    this.#participant = deps.place.attach(name, {
      onEnd: () => void this.#holds.dispose(),
      onError: (error) => {
        // The errors of handlers are texts: the message bus has reported them. Its own end is no error.
        if (error instanceof Error && !this.#end.signal.aborted) deps.onError(error);
      },
    });
  }

  get name(): string {
    return this.#participant.name;
  }

  /** True after its message bus was cleared. */
  get isEnded(): boolean {
    return this.#end.signal.aborted;
  }

  /** Number of requests of this participant that wait for their response. */
  get pendingRequests(): number {
    return this.#pendingRequests;
  }

  publish(message: NewMessage): Promise<void> {
    return this.#pending(() => this.#participant.publish(message));
  }

  subscribe(pattern: string, handler: DeliveryHandler, options?: SubscribeOptions): BusSubscription {
    this.#end.signal.throwIfAborted();
    const { place, hold } = this.#deps;
    // A bus in the process keeps no messages.
    if (!place.isShared) return this.#participant.subscribe(pattern, handler, { ...options, durable: false });
    const durable = options?.durable ?? this.#durablePatterns.get(patternOf(pattern).text);
    const subscription = this.#participant.subscribe(pattern, handler, { ...options, durable });
    const held = this.#holds.add(hold.enter());
    return {
      pattern: subscription.pattern,
      unsubscribe: () => {
        void held.dispose();
        subscription.unsubscribe();
      },
    };
  }

  async request(message: NewRequest, options: RequestOptions = {}): Promise<Untyped> {
    const { signal } = options;
    const either = signal === undefined ? this.#end.signal : AbortSignal.any([signal, this.#end.signal]);
    this.#pendingRequests++;
    try {
      return await this.#pending(() => this.#participant.request(message, { ...options, signal: either }));
    } finally {
      this.#pendingRequests--;
    }
  }

  respond(correlationId: string, payload?: unknown): Promise<void> {
    return this.#pending(() => this.#participant.respond(correlationId, payload));
  }

  progress(correlationId: string, payload: unknown): Promise<void> {
    return this.#pending(() => this.#participant.progress(correlationId, payload));
  }

  stats(): BusStats {
    return this.#participant.stats();
  }

  /** Ends its subscriptions, and rejects what is pending with an error. */
  async end(error: Error): Promise<void> {
    this.#end.abort(error);
    await Promise.all([this.#holds.dispose(), this.#participant.dispose()]);
  }

  dispose(): Promise<void> {
    return this.end(new Error("MessageBus closed"));
  }

  /** Runs an operation, which ends when this participant does. */
  async #pending<T>(run: () => Promise<T>): Promise<T> {
    const { signal } = this.#end;
    signal.throwIfAborted();
    const held = this.#deps.hold.enter();
    try {
      return await abortable(run(), signal);
    } finally {
      void held.dispose();
    }
  }
}
