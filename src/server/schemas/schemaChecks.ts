import { Worker } from "node:worker_threads";
import { startDeadline } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { BridgeError, messageOf } from "../../protocol/errors.ts";
import { invalid, quote } from "../../protocol/validate.ts";
import type { JsonSchema } from "../../protocol/schemas/jsonSchema.ts";
import type { SchemaReply, SchemaTask } from "./schemaTask.ts";

export interface SchemaChecksOptions {
  /** Absolute path of the worker's bundle, or of its source if Node runs that. */
  readonly workerFile: string;
  readonly logger: Logger;
  /** Timeout of one check in milliseconds. */
  readonly deadlineMs?: number;
  /** Time in milliseconds after which an idle worker is terminated. */
  readonly idleMs?: number;
}

export const DEADLINE_MS = 3000;
const IDLE_MS = 60_000;
/** Timeout in milliseconds for the start of the thread. */
const START_MS = 20_000;
const MAX_WAITING = 50;
/**
 * Heap limit of the thread. A schema is as long as a prompt at most, a value as long as an answer; the rest is for the
 * check.
 */
const MAX_HEAP_MEGABYTES = 256;
const STOPPED: Verdict = { problem: "the bridge is stopping", isChecked: false };

/** The result of a check. `isChecked` is false if the check failed; `problem` is then the reason. */
interface Verdict {
  readonly problem: string | undefined;
  readonly isChecked: boolean;
}

interface Job extends SchemaTask {
  readonly settle: (verdict: Verdict) => void;
}

/**
 * Checks clients' JSON Schemas, and values against them, one by one in a worker thread. A schema may cause catastrophic
 * backtracking, exponential expansion of references, or unbounded memory use: after the timeout the thread is
 * terminated and the check fails, without blocking the extension host. See docs/decisions/json-schema.md.
 */
export class SchemaChecks implements Disposable {
  readonly #options: SchemaChecksOptions;
  readonly #waiting: Job[] = [];
  /** The check that is running. */
  #current: Job | undefined;
  #worker: Worker | undefined;
  /** The timeout of the current check, or of an idle worker. */
  #timer: Disposable | undefined;
  #counter = 0;
  #isDisposed = false;

  constructor(options: SchemaChecksOptions) {
    this.#options = options;
  }

  /** @throws BridgeError VALIDATION_FAILED for an invalid schema, RATE_LIMIT_EXCEEDED if too many checks are queued */
  async assertUsable(schema: JsonSchema): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) {
      throw new BridgeError("RATE_LIMIT_EXCEEDED", "Too many JSON Schemas are waiting to be checked. Try again later.");
    }
    const { problem } = await this.#check(schema);
    if (problem === undefined) return;
    throw invalid("schema", "schema", "a JSON Schema that can be used", "another", quote(problem));
  }

  /** Describes why a value is invalid, as the end of a sentence, or returns undefined. Never rejects. */
  async problemOf(schema: JsonSchema, value: unknown): Promise<string | undefined> {
    const { problem, isChecked } = await this.#check(schema, { value });
    if (problem === undefined) return undefined;
    return isChecked ? `does not match the schema: ${problem}` : `could not be checked against the schema: ${problem}`;
  }

  /** Terminates the thread. Queued and running checks end without a result. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    const ended = this.#endWorker();
    this.#finish(STOPPED);
    for (const { settle } of this.#waiting.splice(0)) settle(STOPPED);
    await ended;
  }

  #check(schema: JsonSchema, subject?: SchemaTask["subject"]): Promise<Verdict> {
    if (this.#isDisposed) return Promise.resolve(STOPPED);
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    this.#waiting.push({ id: ++this.#counter, schema, ...(subject !== undefined && { subject }), settle: resolve });
    if (this.#current === undefined) this.#next();
    return promise;
  }

  #next(): void {
    this.#current = this.#waiting.shift();
    if (this.#current !== undefined) this.#begin(this.#current);
    else if (this.#worker !== undefined) this.#after(this.#options.idleMs ?? IDLE_MS, () => void this.#endWorker());
  }

  #begin({ settle: _settle, ...task }: Job): void {
    const isStarted = this.#worker !== undefined;
    this.#worker ??= this.#startWorker();
    this.#limit(isStarted ? this.#deadlineMs : START_MS);
    try {
      this.#worker.postMessage(task, []);
    } catch (error) {
      this.#finish({ problem: messageOf(error), isChecked: false });
    }
  }

  /** Settles the current check, if there is one, and starts the next one. */
  #finish(verdict: Verdict): void {
    void this.#timer?.dispose();
    const job = this.#current;
    this.#current = undefined;
    job?.settle(verdict);
    if (!this.#isDisposed) this.#next();
  }

  get #deadlineMs(): number {
    return this.#options.deadlineMs ?? DEADLINE_MS;
  }

  /** Terminates the thread, and fails the current check, after this time. */
  #limit(ms: number): void {
    this.#after(ms, () => {
      this.#options.logger.warn("The check of a JSON Schema took too long and was terminated", { ms });
      void this.#endWorker();
      const problem = `it takes longer than ${ms} ms; a pattern or the references in the schema may be too expensive`;
      this.#finish({ problem, isChecked: false });
    });
  }

  #after(ms: number, act: () => void): void {
    void this.#timer?.dispose();
    this.#timer = startDeadline(ms, act);
  }

  #startWorker(): Worker {
    const worker = new Worker(this.#options.workerFile, {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MEGABYTES },
    });
    worker.unref();
    worker.on("message", (reply: SchemaReply) => this.#take(worker, reply));
    worker.on("error", (error) => this.#lose(worker, messageOf(error)));
    worker.on("exit", () => this.#lose(worker, "it has ended"));
    return worker;
  }

  #take(worker: Worker, reply: SchemaReply): void {
    if (worker !== this.#worker) return;
    if (reply === "ready") this.#limit(this.#deadlineMs);
    else if (reply.id === this.#current?.id) this.#finish({ problem: reply.problem, isChecked: true });
  }

  /** Handles the unexpected exit of a thread, which ran out of memory or could not be started. */
  #lose(worker: Worker, why: string): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#options.logger.warn("The thread that checks JSON Schemas has ended", { error: why });
    this.#finish({ problem: "it takes too much memory, or its thread could not be started", isChecked: false });
  }

  async #endWorker(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    void this.#timer?.dispose();
    await worker?.terminate();
  }
}
