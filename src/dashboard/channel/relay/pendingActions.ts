import type { BridgeError } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: BridgeError) => void;
}

/** Actions that another side performs. Each is settled: by its outcome, or when the connection to that side is closed. */
export class PendingActions {
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #isClosed = false;

  /** @param send gets the ID of the action, and throws a BridgeError if the action cannot be sent */
  act(send: (id: number) => void): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(gone());
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    try {
      send(id);
      this.#pending.set(id, { resolve, reject });
    } catch (error) {
      return Promise.reject(error);
    }
    return promise;
  }

  succeed(id: number, result: unknown): void {
    this.#take(id)?.resolve(result);
  }

  fail(id: number, error: BridgeError): void {
    this.#take(id)?.reject(error);
  }

  close(): void {
    this.#isClosed = true;
    for (const { reject } of this.#pending.values()) reject(gone());
    this.#pending.clear();
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}

function gone(): BridgeError {
  return unavailable("window-gone", "The window of the dashboard was closed.");
}
