import type { Disposable } from "../base/disposables.ts";
import { startDeadline, within } from "../base/deadline.ts";
import { BridgeError, isBridgeError } from "../protocol/errors.ts";
import type { TurnEnd, TurnLimits } from "./agent.ts";

/** Why a turn has to end before its time. */
export type Stop = { readonly kind: "cancel" } | { readonly kind: "failure"; readonly error: BridgeError };

/**
 * Watches one turn: the caller's signal, the time without a sign of life, and the whole time (docs/kiro-cli.md#m26). It only says
 * that the turn must stop; whoever runs the turn then climbs the ladder (`cancelInSteps`). Dispose it when the turn has ended.
 */
export class TurnClock implements Disposable {
  /** Resolves with the first reason to stop, or never. */
  readonly stopped: Promise<Stop>;
  #stop: Stop | undefined;
  readonly #limits: TurnLimits;
  readonly #signal: AbortSignal;
  readonly #tell: (stop: Stop) => void;
  readonly #startedAt = performance.now();
  readonly #absolute: Disposable;
  #inactivity: NodeJS.Timeout | undefined;
  #isDisposed = false;

  constructor(limits: TurnLimits, signal: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<Stop>();
    this.stopped = promise;
    this.#tell = resolve;
    this.#limits = limits;
    this.#signal = signal;
    this.#absolute = startDeadline(limits.absoluteMs, () => this.#timeOut(limits.absoluteMs, "did not finish within"));
    signal.addEventListener("abort", this.#onAbort);
    if (signal.aborted) this.#onAbort();
    this.resume();
  }

  /** The reason to stop, if there is one already: then nothing needs to be begun. */
  get stop(): Stop | undefined {
    return this.#stop;
  }

  /** A sign of life: the inactivity is counted from here. */
  heard(): void {
    this.#inactivity?.refresh();
  }

  /** Stops the inactivity clock while people think about a question. */
  pause(): void {
    clearTimeout(this.#inactivity);
    this.#inactivity = undefined;
  }

  /** Restarts the inactivity clock. */
  resume(): void {
    this.pause();
    if (this.#isDisposed) return;
    const { inactivityMs } = this.#limits;
    this.#inactivity = setTimeout(() => this.#timeOut(inactivityMs, "showed no activity for"), inactivityMs);
    this.#inactivity.unref();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.pause();
    void this.#absolute.dispose();
    this.#signal.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => {
    const reason: unknown = this.#signal.reason;
    this.#end(isBridgeError(reason) ? { kind: "failure", error: reason } : { kind: "cancel" });
  };

  #timeOut(timeoutMs: number, what: string): void {
    const elapsedMs = Math.round(performance.now() - this.#startedAt);
    const message = `Kiro CLI ${what} ${timeoutMs / 1000} s; the prompt was cancelled.`;
    const context = { operation: "kiro-cli", timeoutMs, elapsedMs };
    this.#end({ kind: "failure", error: new BridgeError("OPERATION_TIMEOUT", message, context) });
  }

  #end(stop: Stop): void {
    this.#stop ??= stop;
    this.#tell(this.#stop);
  }
}

/** The ways to stop a turn, from the polite to the certain. */
export interface CancelSteps {
  /** Asks for a cooperative end; false when there is no way to ask. */
  readonly ask: () => boolean;
  /** Resolves when the turn, or its process, has ended. */
  readonly ended: PromiseLike<unknown>;
  /** Kills the process group. */
  readonly kill: () => void;
}

/** The cancel ladder: asks, waits `cancelMs` for the end, kills. Resolves when the one or the other has happened. */
export async function cancelInSteps(steps: CancelSteps, cancelMs: number): Promise<"cooperative" | "killed"> {
  const isAsked = steps.ask();
  if (isAsked && (await within(steps.ended, cancelMs, "late")) !== "late") return "cooperative";
  steps.kill();
  return "killed";
}

/** How a stopped turn ends for its caller. @throws the BridgeError of a deadline. */
export function endOfStopped(stop: Stop, how: "cooperative" | "killed"): TurnEnd {
  if (stop.kind === "failure") throw stop.error;
  return { kind: "cancelled", how };
}
