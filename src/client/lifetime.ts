import { onAbort } from "../base/abort.ts";
import { startDeadline } from "../base/deadline.ts";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { KiroBridgeError } from "./errors.ts";

/** A signal that aborts with that of a caller, and when the client is closed. */
export interface Scope extends Disposable {
  readonly signal: AbortSignal;
  /** Ends what uses the signal. */
  end(reason?: unknown): void;
}

/** Ends everything that a client has open when it is closed. */
export class Lifetime {
  readonly #controller = new AbortController();

  get isOver(): boolean {
    return this.#controller.signal.aborted;
  }

  /**
   * Returns the signal of one call or stream. Dispose the scope when that has ended.
   * @param timeoutMs the deadline, after which the signal aborts with an error of the SDK
   */
  scope(signal?: AbortSignal, timeoutMs?: number): Scope {
    const own = new AbortController();
    const links = new DisposableStore();
    const end = (reason?: unknown): void => {
      void links.dispose();
      own.abort(reason);
    };
    links.add(onAbort(this.#controller.signal, end));
    if (signal !== undefined) links.add(onAbort(signal, end));
    if (timeoutMs !== undefined) links.add(startDeadline(timeoutMs, () => end(tooLate(timeoutMs))));
    return { signal: own.signal, end, dispose: () => links.dispose() };
  }

  /** @param reason of what is pending */
  close(reason: unknown = new DOMException("The client was closed.", "AbortError")): void {
    this.#controller.abort(reason);
  }
}

/** Returns the error of a call that has reached its deadline. */
function tooLate(timeoutMs: number): KiroBridgeError {
  const context = { operation: "wait", timeoutMs };
  return new KiroBridgeError("OPERATION_TIMEOUT", `The call took longer than ${timeoutMs} ms.`, {
    recoverable: true,
    context,
  });
}
