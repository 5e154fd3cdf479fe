import { onAbort } from "../../../base/abort.ts";
import type { Clock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { Untyped } from "../message.ts";
import type { Packet } from "../packet.ts";
import type { RequestOptions } from "../participant.ts";
import type { BusTransport, Requester, SentRequest } from "../transport.ts";

export interface PendingDeps {
  readonly transport: BusTransport;
  readonly clock: Clock;
  readonly onListenerError: (error: unknown) => void;
}

/** The requests of one participant that wait for a response. */
export class PendingRequests {
  readonly #deps: PendingDeps;
  readonly #pending = new Set<PendingRequest>();

  constructor(deps: PendingDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#pending.size;
  }

  send(packet: Packet, timeoutMs: number, options: RequestOptions): Promise<Untyped> {
    return new Promise<Untyped>((resolve, reject) => {
      const request = new PendingRequest(this.#deps, {
        onProgress: options.onProgress,
        resolve,
        reject,
        onEnd: () => this.#pending.delete(request),
      });
      this.#pending.add(request);
      request.send(packet, timeoutMs, options.signal);
    });
  }

  rejectAll(reason: unknown): void {
    for (const request of this.#pending) request.cancel(reason);
  }
}

interface PendingCalls {
  readonly onProgress: ((payload: Untyped) => void) | undefined;
  readonly resolve: (payload: Untyped) => void;
  readonly reject: (reason: unknown) => void;
  readonly onEnd: () => void;
}

/** Settles once: with the response, a failure, the deadline or the abort of its signal. */
class PendingRequest implements Requester {
  readonly #deps: PendingDeps;
  readonly #calls: PendingCalls;
  #isOpen = true;
  #sent: SentRequest | undefined;
  #deadline: Disposable | undefined;
  #listening: Disposable | undefined;

  constructor(deps: PendingDeps, calls: PendingCalls) {
    this.#deps = deps;
    this.#calls = calls;
  }

  send(packet: Packet, timeoutMs: number, signal: AbortSignal | undefined): void {
    if (signal?.aborted === true) return this.cancel(signal.reason);
    try {
      this.#sent = this.#deps.transport.request(packet, this);
    } catch (error) {
      return this.cancel(error);
    }
    if (!this.#isOpen) return;
    this.#deadline = this.#deps.clock.after(timeoutMs, () => this.cancel(tooLate(timeoutMs)));
    if (signal !== undefined) this.#listening = onAbort(signal, (reason) => this.cancel(reason));
  }

  cancel(reason: unknown): void {
    if (!this.#end()) return;
    this.#calls.reject(reason);
    this.#sent?.cancel();
  }

  onProgress(payload: Untyped): void {
    if (!this.#isOpen) return;
    try {
      this.#calls.onProgress?.(payload);
    } catch (error) {
      this.#deps.onListenerError(error);
    }
  }

  onResponse(payload: Untyped): void {
    if (this.#end()) this.#calls.resolve(payload);
  }

  onFailed(error: BridgeError): void {
    if (this.#end()) this.#calls.reject(error);
  }

  #end(): boolean {
    if (!this.#isOpen) return false;
    this.#isOpen = false;
    void this.#deadline?.dispose();
    void this.#listening?.dispose();
    this.#calls.onEnd();
    return true;
  }
}

function tooLate(timeoutMs: number): BridgeError {
  return new BridgeError("OPERATION_TIMEOUT", `No response within ${timeoutMs} ms.`);
}
