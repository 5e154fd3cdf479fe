import type { KiroBridgeClient } from "../../client/index.ts";
import type { Cli } from "../cli.ts";
import { CliFailure, exitCodes } from "../exitCodes.ts";

/** Longer than the bridge takes to cancel a prompt, 15 s. */
const CANCEL_GRACE_MS = 20_000;
/** The time in which the bridge names the execution, if Ctrl+C came before that. */
const NAMING_GRACE_MS = 5_000;

/**
 * Cancels one execution on the bridge when the user presses Ctrl+C, and lets its end be seen. It lives as long as the
 * program.
 */
export class ExecutionGuard {
  readonly #cli: Cli;
  readonly #client: KiroBridgeClient;
  readonly #end = new AbortController();
  #executionId: string | undefined;
  #failure: CliFailure | undefined;

  constructor(cli: Cli, client: KiroBridgeClient) {
    this.#cli = cli;
    this.#client = client;
    const { signal } = cli.interrupts;
    if (signal.aborted) this.#onInterrupt();
    else signal.addEventListener("abort", () => this.#onInterrupt());
  }

  /** Aborts when the end of the execution is not awaited any longer, with the reason. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Says which execution it is. */
  started(executionId: string): void {
    if (this.#executionId !== undefined) return;
    this.#executionId = executionId;
    if (this.#cli.interrupts.isInterrupted) void this.#cancel(executionId);
  }

  /** Ends the wait, after cancelling what runs. */
  async fail(failure: CliFailure): Promise<void> {
    this.#failure ??= failure;
    if (this.#executionId !== undefined) await this.#client.executions.cancel(this.#executionId).catch(() => undefined);
    this.#end.abort(failure);
  }

  /** Throws why the execution was ended here, whatever its end looks like. */
  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #onInterrupt(): void {
    this.#cli.out.note(this.#cli.out.noteStyle.yellow("Cancelling… (Ctrl+C again: do not wait)"));
    if (this.#executionId !== undefined) void this.#cancel(this.#executionId);
    else this.#endAfter(NAMING_GRACE_MS, "Cancelled before the bridge had responded.");
  }

  async #cancel(executionId: string): Promise<void> {
    this.#endAfter(CANCEL_GRACE_MS, `${executionId} was asked to stop, but has not ended yet.`);
    try {
      const { status, how } = await this.#client.executions.cancel(executionId);
      // One that has ended is reported as usual.
      const goesOn = how === "not-cancellable" && ["queued", "running", "waiting-input"].includes(status);
      if (goesOn) this.#abort(`The editor cannot stop a command: ${executionId} goes on.`);
    } catch (error) {
      this.#abort(`${executionId} could not be cancelled: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #endAfter(ms: number, message: string): void {
    setTimeout(() => this.#abort(message), ms).unref();
  }

  #abort(message: string): void {
    this.#end.abort(new CliFailure(exitCodes.cancelled.code, message));
  }
}
