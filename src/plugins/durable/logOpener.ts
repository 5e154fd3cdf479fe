import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { BridgeError, messageOf } from "../../protocol/errors.ts";
import { hasLog, LostOwnershipError } from "./generations.ts";
import type { LogFiles } from "./logFolder.ts";
import { OpenLog } from "./openLog.ts";
import { storageError } from "./room.ts";

/** Delay in milliseconds before a log that could not be opened is tried again. */
const RETRY_MS = 5000;
/** Delay in milliseconds before a log is opened again that another process has opened. */
const AGAIN_MS = 250;

export interface LogOpenerDeps {
  readonly files: LogFiles;
  readonly clock: Clock;
  readonly logger: Logger;
  isOwner(): Promise<boolean>;
}

export interface LogOpenerOptions {
  readonly maxBytes: number;
  readonly maxSegmentBytes: number;
  /** Called before anything waits for the log no longer. */
  readonly onOpen: (log: OpenLog) => void;
  /** The log is no longer open, and perhaps will be again. */
  readonly onClosed: () => void;
}

interface Work {
  readonly run: (log: OpenLog) => void;
  readonly reject: (error: Error) => void;
}

interface Opening {
  readonly kind: "opening";
  readonly waiting: Work[];
  /** True to create a log if there is none. */
  isNeeded: boolean;
}

type State =
  /** There is no log, and nothing durable. */
  | { readonly kind: "none" }
  | Opening
  | { readonly kind: "open"; readonly log: OpenLog }
  | { readonly kind: "failed"; readonly error: Error; readonly retry: Disposable }
  | { readonly kind: "closed"; readonly error: Error };

/**
 * Opens the log when it is needed, again after a failure, and again after another process has opened it while this one
 * is still the owner.
 */
export class LogOpener implements Disposable {
  readonly #deps: LogOpenerDeps;
  readonly #options: LogOpenerOptions;
  #state: State = { kind: "none" };
  #opening: Promise<void> = Promise.resolve();
  #isFailing = false;

  constructor(deps: LogOpenerDeps, options: LogOpenerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#begin(false);
  }

  get log(): OpenLog | undefined {
    return this.#state.kind === "open" ? this.#state.log : undefined;
  }

  /** True while it is not known which topics are durable. */
  get isOpening(): boolean {
    return this.#state.kind === "opening";
  }

  /** Opens the log, unless it is open already. */
  open(): void {
    if (this.#state.kind === "none") this.#begin(true);
    if (this.#state.kind === "opening") this.#state.isNeeded = true;
  }

  /**
   * Runs work at once, or as soon as the log is open, in the order of the calls.
   * @throws BridgeError KIRO_UNAVAILABLE if the log cannot be opened
   */
  run<T>(work: (log: OpenLog) => Promise<T>): Promise<T> {
    this.open();
    const state = this.#state;
    if (state.kind === "open") return called(work, state.log);
    if (state.kind !== "opening") {
      return Promise.reject("error" in state ? state.error : new BridgeError("KIRO_UNAVAILABLE"));
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    state.waiting.push({ run: (log) => resolve(called(work, log)), reject });
    return promise;
  }

  async dispose(): Promise<void> {
    const state = this.#state;
    const error = new BridgeError("KIRO_UNAVAILABLE", "The durable topics are closed.");
    this.#state = { kind: "closed", error };
    if (state.kind === "failed") void state.retry.dispose();
    if (state.kind === "opening") for (const { reject } of state.waiting) reject(error);
    if (state.kind === "open") await state.log.close();
    await this.#opening;
  }

  #begin(isNeeded: boolean, delayMs = 0): void {
    const state: Opening = { kind: "opening", waiting: [], isNeeded };
    this.#state = state;
    this.#opening = this.#open(state, delayMs).catch((error: unknown) => this.#fail(state, error));
  }

  async #open(state: Opening, delayMs: number): Promise<void> {
    const { files, clock } = this.#deps;
    if (delayMs > 0) {
      await new Promise<void>((resolve) => void clock.after(delayMs, resolve));
      if (!(await this.#deps.isOwner())) return this.#give(state);
    }
    if (!(await hasLog(files)) && !state.isNeeded) {
      if (this.#state !== state) return;
      this.#state = { kind: "none" };
      return this.#options.onClosed();
    }
    if (this.#state !== state) return;
    const { maxBytes, maxSegmentBytes, onOpen } = this.#options;
    const log: OpenLog = await OpenLog.open(files, {
      maxBytes,
      maxSegmentBytes,
      onDidWrite: (error) => this.#reportWrite(error),
      onLost: () => this.#lose(log),
    });
    if (this.#state !== state) return await log.close();
    this.#report(log);
    this.#state = { kind: "open", log };
    onOpen(log);
    for (const { run } of state.waiting) run(log);
  }

  #fail(state: Opening, error: unknown): void {
    if (this.#state !== state) return;
    this.#deps.logger.warn("The log of durable messages could not be opened", { error: messageOf(error) });
    const retry = this.#deps.clock.after(RETRY_MS, () => this.#begin(state.isNeeded));
    const failure = storageError(error);
    this.#state = { kind: "failed", error: failure, retry };
    for (const { reject } of state.waiting) reject(failure);
  }

  /** Opens the log again, if this process is still the owner. */
  #lose(log: OpenLog): void {
    if (this.log !== log) return;
    this.#deps.logger.warn("Another window has opened the log of durable messages", { generation: log.generation });
    this.#begin(true, AGAIN_MS);
    this.#options.onClosed();
    void log.close().catch(() => undefined);
  }

  /** Leaves the log to its new owner. */
  #give(state: Opening): void {
    if (this.#state !== state) return;
    const error = new LostOwnershipError();
    this.#state = { kind: "closed", error };
    for (const { reject } of state.waiting) reject(error);
  }

  /** Logs the first failure, and its end. */
  #reportWrite(error: unknown): void {
    const isFailing = error !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    const { logger } = this.#deps;
    if (isFailing) logger.warn("Durable messages could not be written", { error: messageOf(error) });
    else logger.info("Durable messages can be written again");
  }

  #report({ damage: { tornBytes, damagedLines }, generation }: OpenLog): void {
    const { logger } = this.#deps;
    if (damagedLines > 0) logger.error("Lines of the log of durable messages are damaged", { damagedLines });
    if (tornBytes > 0) logger.warn("The end of the log of durable messages was cut", { tornBytes });
    logger.debug("The log of durable messages is open", { generation });
  }
}

/** Turns what a function throws into a rejection. */
async function called<T>(work: (log: OpenLog) => Promise<T>, log: OpenLog): Promise<T> {
  return await work(log);
}
