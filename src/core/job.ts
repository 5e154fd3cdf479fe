import { type Disposable } from "../base/disposables.ts";
import { startDeadline, within } from "../base/deadline.ts";
import { BridgeError } from "../protocol/errors.ts";
import type { CancelResponse } from "../protocol/executions.ts";
import type { Execution } from "./execution.ts";
import type { Lane, Place } from "./lane.ts";
import type { Outcome } from "./ports.ts";

/** How long work that heeds its signal may take to end: the cancel ladder's 10 s and the killing after it. */
const ABORT_GRACE_MS = 15_000;

export interface JobOptions {
  readonly execution: Execution;
  readonly lane: Lane | undefined;
  readonly timeoutMs: number | undefined;
  /** Whether `run` obeys its signal. If not, a deadline ends the execution and leaves the work to itself. */
  readonly isCancellable: boolean;
  readonly run: (signal: () => AbortSignal) => Promise<Outcome>;
  /** The work has let go of its task: the end of its run, which may be later than that of the execution. */
  readonly onReleased: () => void;
  /** Hears of what should not happen, and makes an error of it that may go over the wire. */
  readonly onUnexpected: (error: unknown) => BridgeError;
}

/** Takes one execution from the line to its end, whatever ends it: its run, a deadline, a cancel, the bridge's stop. */
export class Job {
  readonly #options: JobOptions;
  /** Made when somebody asks for it: most commands of the editor never do. */
  #abort: AbortController | undefined;
  #place: Place | undefined;
  #isRunning = false;

  constructor(options: JobOptions) {
    this.#options = options;
  }

  /** Resolves when the execution is final; never rejects. */
  async work(): Promise<void> {
    const { execution, lane, timeoutMs, onReleased } = this.#options;
    const deadline = timeoutMs === undefined ? undefined : this.#startDeadline(timeoutMs);
    try {
      if (lane?.isBusy === true) execution.waitInLine(lane.queued);
      this.#place = lane?.enter(() => this.#run());
      await (this.#place?.done ?? this.#run());
    } catch (error) {
      execution.finish(this.#failed(error));
    } finally {
      if (!this.#isRunning) onReleased();
      await deadline?.dispose();
    }
  }

  async cancel(): Promise<CancelResponse> {
    const { execution, isCancellable } = this.#options;
    if (!this.#isRunning) {
      execution.finish({ kind: "cancelled", how: "dequeued" });
      this.#place?.leave();
    } else if (isCancellable) {
      this.#controller.abort();
      await within(execution.settled, ABORT_GRACE_MS, undefined);
    }
    return { status: execution.status, how: execution.cancelledHow ?? "not-cancellable" };
  }

  /** Ends the execution because the bridge stops: its caller is told at once, and the work to let go. */
  interrupt(): void {
    const stopped = new BridgeError("KIRO_UNAVAILABLE", "The bridge was stopped while the command waited or ran.", {
      reason: "not_running",
    });
    this.#options.execution.finish({ ...failed(stopped), kind: "interrupted" });
    if (this.#isRunning) this.#controller.abort(stopped);
    else this.#place?.leave();
  }

  /**
   * Ends the execution of a command that waits for the workbench, or was given to it after `connectedAt`, since when it is
   * gone. What has begun before may run in an extension, and goes on.
   */
  loseWorkbench(connectedAt: number): void {
    const { execution } = this.#options;
    const { startedAt } = execution;
    if (startedAt !== undefined && startedAt < connectedAt) return;
    execution.finish(
      failed(
        workbenchGone(
          startedAt === undefined
            ? ""
            : "The command may have been carried out, or be carried out when the window is back.",
        ),
      ),
    );
    if (!this.#isRunning) this.#place?.leave();
  }

  async #run(): Promise<void> {
    const { execution, isCancellable } = this.#options;
    if (execution.isSettled) return;
    this.#isRunning = true;
    execution.start();
    const ended = this.#runToEnd();
    // A command that nothing can stop gives its place back when the execution has ended, be it without it.
    await (isCancellable ? ended : execution.settled);
  }

  /** Never rejects. */
  async #runToEnd(): Promise<void> {
    const { execution, run, onReleased } = this.#options;
    let outcome: Outcome;
    try {
      outcome = await run(() => this.#controller.signal);
    } catch (error) {
      outcome = this.#failed(error);
    }
    execution.finish(outcome);
    onReleased();
  }

  get #controller(): AbortController {
    return (this.#abort ??= new AbortController());
  }

  /** What an error of the bridge, as opposed to one of the command, makes of an execution. */
  readonly #failed = (error: unknown): Outcome => {
    return failed(error instanceof BridgeError ? error : this.#options.onUnexpected(error));
  };

  #startDeadline(timeoutMs: number): Disposable {
    const { execution, isCancellable } = this.#options;
    return startDeadline(timeoutMs, () => {
      const late = timeoutError(execution, timeoutMs, isCancellable || !this.#isRunning);
      if (this.#isRunning && isCancellable) {
        this.#controller.abort(late);
        void within(execution.settled, ABORT_GRACE_MS, undefined).then(() => execution.finish(failed(late)));
      } else {
        execution.finish(failed(late));
        if (!this.#isRunning) this.#place?.leave();
      }
    });
  }
}

function failed(failure: BridgeError): Outcome & { readonly kind: "failed"; readonly failure: BridgeError } {
  return { kind: "failed", error: failure.message, code: failure.code, failure };
}

/** The workbench does not answer. @param then what becomes of the command, if it was handed over */
export function workbenchGone(then = ""): BridgeError {
  const message = "The editor window is not connected: its page was closed, or it does not answer.";
  return new BridgeError("KIRO_UNAVAILABLE", `${message} ${then}`.trim(), { reason: "window_disconnected" });
}

function timeoutError(execution: Execution, timeoutMs: number, isStopped: boolean): BridgeError {
  const rest = isStopped ? "it was cancelled" : "the editor cannot stop it, and its result will be dropped";
  return new BridgeError("OPERATION_TIMEOUT", `The command did not end within ${timeoutMs} ms; ${rest}.`, {
    operation: "command-execution",
    timeoutMs,
    elapsedMs: Date.now() - execution.queuedAt,
  });
}
