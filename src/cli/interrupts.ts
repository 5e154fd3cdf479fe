import { CliFailure, exitCodes } from "./exitCodes.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Ctrl+C and its relatives. The first one aborts the signal, so that the command can cancel what it has started on the
 * bridge; the second one ends the program at once.
 */
export class Interrupts {
  readonly #controller = new AbortController();

  /** Aborts with a `CliFailure` that has the exit code 130. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isInterrupted(): boolean {
    return this.signal.aborted;
  }

  readonly #listener = (): void => this.interrupt();

  /** Begins to listen. */
  listen(): void {
    for (const name of SIGNALS) process.on(name, this.#listener);
  }

  /** Leaves the signals to a command that runs for long, and reacts to them in its own way. */
  leave(): void {
    for (const name of SIGNALS) process.off(name, this.#listener);
  }

  /** Does what Ctrl+C does, for a terminal that reports it as input. */
  interrupt(): void {
    if (this.isInterrupted) process.exit(exitCodes.cancelled.code);
    this.#controller.abort(new CliFailure(exitCodes.cancelled.code, "Cancelled."));
  }
}
