import { onAbort } from "../base/abort.ts";
import type { Disposable } from "../base/disposables.ts";
import { startDeadline, within } from "../base/deadline.ts";
import { BridgeError, isBridgeError } from "../protocol/errors.ts";
import type { TurnEnd, TurnLimits } from "./agent.ts";

/** The reason for which a turn has to stop early. */
export type Stop = { readonly kind: "cancel" } | { readonly kind: "failure"; readonly error: BridgeError };

/** The agent of a turn, as its timeouts name it. */
export interface Speaker {
  readonly name: string;
  readonly operation: string;
}

const kiroCli: Speaker = { name: "Kiro CLI", operation: "kiro-cli" };

/**
 * Monitors one turn: the caller's signal, inactivity, and total time (docs/kiro-cli.md#m26). Only reports that the turn
 * must stop; its owner then runs the cancel ladder (`cancelInSteps`). Dispose it at the end of the turn.
 */
export class TurnClock implements Disposable {
  /** Resolves with the first reason to stop, if any. */
  readonly stopped: Promise<Stop>;
  #stop: Stop | undefined;
  readonly #limits: TurnLimits;
  readonly #listening: Disposable;
  readonly #tell: (stop: Stop) => void;
  readonly #speaker: Speaker;
  readonly #startedAt = performance.now();
  readonly #absolute: Disposable;
  #inactivity: NodeJS.Timeout | undefined;
  #pauses = 0;
  #isParked = false;
  #isDisposed = false;

  constructor(limits: TurnLimits, signal: AbortSignal, speaker: Speaker = kiroCli) {
    const { promise, resolve } = Promise.withResolvers<Stop>();
    this.stopped = promise;
    this.#tell = resolve;
    this.#limits = limits;
    this.#speaker = speaker;
    this.#absolute = startDeadline(limits.absoluteMs, () => this.#timeOut(limits.absoluteMs, "did not finish within"));
    this.#listening = onAbort(signal, (reason) => this.#abort(reason));
    this.#restart();
  }

  /** The reason to stop, if there is one already, in which case nothing needs to be started. */
  get stop(): Stop | undefined {
    return this.#stop;
  }

  /** Restarts the inactivity timeout after a sign of life. */
  recordActivity(): void {
    this.#inactivity?.refresh();
  }

  /** Pauses the inactivity timeout while a question is open. */
  pause(): void {
    this.#pauses++;
    this.#halt();
  }

  /** Restarts the inactivity timeout when each `pause` has ended. */
  resume(): void {
    if (--this.#pauses === 0 && !this.#isDisposed) this.#restart();
  }

  /** Pauses the inactivity timeout while the agent waits for a tool of the client. */
  park(isParked: boolean): void {
    if (isParked === this.#isParked) return;
    this.#isParked = isParked;
    if (isParked) this.pause();
    else this.resume();
  }

  #halt(): void {
    clearTimeout(this.#inactivity);
    this.#inactivity = undefined;
  }

  #restart(): void {
    const { inactivityMs } = this.#limits;
    this.#inactivity = setTimeout(() => this.#timeOut(inactivityMs, "showed no activity for"), inactivityMs);
    this.#inactivity.unref();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#halt();
    void this.#absolute.dispose();
    void this.#listening.dispose();
  }

  #abort(reason: unknown): void {
    this.#end(isBridgeError(reason) ? { kind: "failure", error: reason } : { kind: "cancel" });
  }

  #timeOut(timeoutMs: number, what: string): void {
    const elapsedMs = Math.round(performance.now() - this.#startedAt);
    const { name, operation } = this.#speaker;
    const message = `${name} ${what} ${timeoutMs / 1000} s; the prompt was cancelled.`;
    const context = { operation, timeoutMs, elapsedMs };
    this.#end({ kind: "failure", error: new BridgeError("OPERATION_TIMEOUT", message, context) });
  }

  #end(stop: Stop): void {
    this.#stop ??= stop;
    this.#tell(this.#stop);
  }
}

/** The steps to stop a turn, from cooperative to forced. */
export interface CancelSteps {
  /** Requests a cooperative end. Returns false if that is not possible. */
  readonly ask: () => boolean;
  /** Resolves when the turn or its process has ended. */
  readonly ended: PromiseLike<unknown>;
  /** Kills the process group. */
  readonly kill: () => void;
}

/**
 * Runs the cancel ladder: requests the end, waits up to `cancelMs`, then kills. Resolves when the turn has ended or was
 * killed.
 */
export async function cancelInSteps(steps: CancelSteps, cancelMs: number): Promise<"cooperative" | "killed"> {
  const isAsked = steps.ask();
  if (isAsked && (await within(steps.ended, cancelMs, "late")) !== "late") return "cooperative";
  steps.kill();
  return "killed";
}

/** Returns the end of a stopped turn for its caller. @throws the BridgeError of a timeout */
export function endOfStopped(stop: Stop, how: "cooperative" | "killed"): TurnEnd {
  if (stop.kind === "failure") throw stop.error;
  return { kind: "cancelled", how };
}
