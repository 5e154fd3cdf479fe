import type { Disposable } from "../../base/disposables.ts";
import { CANCEL_MS } from "../agent.ts";
import { type Stop, TurnClock } from "../turnClock.ts";
import type { Engine } from "./engine.ts";

/** Monitors one use of an engine by its limits of time, and aborts it. Dispose it at the end. */
export class EngineClock implements Disposable {
  readonly clock: TurnClock;
  readonly #stopping = new AbortController();

  constructor({ name, settings }: Engine, signal: AbortSignal) {
    const { turnTimeoutMs: absoluteMs, inactivityTimeoutMs: inactivityMs } = settings.limits;
    const speaker = { name: `The model of '${name}'`, operation: "engine" };
    this.clock = new TurnClock({ absoluteMs, inactivityMs, cancelMs: CANCEL_MS }, signal, speaker);
    // At once: nothing may be sent any more.
    if (this.clock.stop !== undefined) this.#abort(this.clock.stop);
    else void this.clock.stopped.then((stop) => this.#abort(stop));
  }

  /** Aborted by the caller's signal, or after a timeout with its error. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** The reason to stop, if there is one. */
  get stop(): Stop | undefined {
    return this.clock.stop;
  }

  dispose(): void {
    this.clock.dispose();
  }

  #abort(stop: Stop): void {
    this.#stopping.abort(stop.kind === "failure" ? stop.error : undefined);
  }
}
