import { type Disposable, toDisposable } from "../../base/disposables.ts";
import type { Clock } from "../../base/clock.ts";
import { reportListenerError } from "../reportListenerError.ts";
import { systemTimes } from "../times.ts";
import type { ChatResponse, ExecuteCommandResponse } from "../wireTypes.ts";

/** The response to a command or a chat. */
export type CommandResult = ExecuteCommandResponse | ChatResponse;

/** The events of a client with their arguments. Durations are in milliseconds. */
export interface ClientEventArgs<Result = CommandResult> {
  /** A command or a chat was called; it may wait in the queue. */
  "command:start": [command: string, args?: readonly string[]];
  /** `result` is what the call resolves with. */
  "command:success": [command: string, result: Result, duration: number];
  "command:error": [command: string, error: Error, duration: number];
  /** The health has changed, as the checks of the monitor see it. */
  "status:changed": [status: "available" | "unavailable"];
  /** A check of the health monitor has ended. */
  "health:check": [healthy: boolean, responseTime: number];
}

export type ClientEventName = keyof ClientEventArgs;

export type ClientEventListener<Name extends ClientEventName, Result = CommandResult> = (
  ...args: ClientEventArgs<Result>[Name]
) => unknown;

/** A command or a chat, as its events name it. */
export interface NamedCall {
  readonly command: string;
  readonly args?: readonly string[] | undefined;
}

type Listener<Args extends unknown[]> = (...args: Args) => unknown;

/** The listeners of one event, in the order of their subscription. */
class Listeners<Args extends unknown[]> {
  /** Copied on write: an event goes to the listeners that were subscribed when it was emitted. */
  #all: readonly { readonly listener: Listener<Args>; readonly isOnce: boolean }[] = [];

  add(listener: Listener<Args>, isOnce: boolean): Disposable {
    const subscription = { listener, isOnce };
    this.#all = [...this.#all, subscription];
    return toDisposable(() => this.#remove(subscription));
  }

  /** Removes the latest subscription of a listener. */
  removeLast(listener: Listener<Args>): void {
    this.#remove(this.#all.findLast((each) => each.listener === listener));
  }

  clear(): void {
    this.#all = [];
  }

  emit(args: Args, onError: (error: unknown) => void): void {
    for (const subscription of this.#all) {
      if (subscription.isOnce) this.#remove(subscription);
      try {
        const result = subscription.listener(...args);
        if (result instanceof Promise) result.catch(onError);
      } catch (error) {
        onError(error);
      }
    }
  }

  #remove(subscription: object | undefined): void {
    this.#all = this.#all.filter((each) => each !== subscription);
  }
}

/**
 * Emits the events of a client. A listener that throws, or whose promise rejects, affects neither the others nor the
 * call; its error goes to `onError`, by default a warning of the process.
 */
export class ClientEvents<Result = CommandResult> {
  readonly #onError: (error: unknown) => void;
  readonly #clock: Clock;
  readonly #listeners: { readonly [Name in ClientEventName]: Listeners<ClientEventArgs<Result>[Name]> } = {
    "command:start": new Listeners(),
    "command:success": new Listeners(),
    "command:error": new Listeners(),
    "status:changed": new Listeners(),
    "health:check": new Listeners(),
  };

  constructor(onError: (error: unknown) => void = reportListenerError, clock: Clock = systemTimes.clock) {
    this.#onError = (error) => {
      try {
        onError(error);
      } catch (thrown) {
        reportListenerError(thrown);
      }
    };
    this.#clock = clock;
  }

  /** Subscribes a listener. Dispose the result to unsubscribe. */
  on<Name extends ClientEventName>(name: Name, listener: ClientEventListener<Name, Result>): Disposable {
    return this.#listeners[name].add(listener, false);
  }

  /** Subscribes a listener to the next event of a name. */
  once<Name extends ClientEventName>(name: Name, listener: ClientEventListener<Name, Result>): Disposable {
    return this.#listeners[name].add(listener, true);
  }

  /** Unsubscribes a listener; the latest one if it is subscribed several times. */
  off<Name extends ClientEventName>(name: Name, listener: ClientEventListener<Name, Result>): void {
    this.#listeners[name].removeLast(listener);
  }

  /** Unsubscribes all listeners, of one event or of all. */
  removeAll(name?: ClientEventName): void {
    for (const each of name === undefined ? Object.values(this.#listeners) : [this.#listeners[name]]) each.clear();
  }

  emit<Name extends ClientEventName>(name: Name, ...args: ClientEventArgs<Result>[Name]): void {
    this.#listeners[name].emit(args, this.#onError);
  }

  /** Runs a call, and emits its start and its end. */
  async run<T extends Result>({ command, args }: NamedCall, work: () => Promise<T>): Promise<T> {
    const startedAt = this.#clock.now();
    this.emit("command:start", command, args);
    try {
      const result = await work();
      this.emit("command:success", command, result, this.#clock.now() - startedAt);
      return result;
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error), { cause: error });
      this.emit("command:error", command, failure, this.#clock.now() - startedAt);
      throw error;
    }
  }
}
