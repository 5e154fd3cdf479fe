import { Worker } from "node:worker_threads";
import { startDeadline } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { BridgeError, messageOf } from "../../protocol/errors.ts";
import { invalid, quote } from "../../protocol/validate.ts";
import type { JsonSchema } from "./jsonSchema.ts";
import type { SchemaReply, SchemaTask } from "./schemaTask.ts";

export interface SchemaChecksOptions {
  /** Absolute path of the worker's bundle, or of its source where Node runs it. */
  readonly workerFile: string;
  readonly logger: Logger;
  /** How long one check may take, in milliseconds. */
  readonly deadlineMs?: number;
  /** How long a worker without work is kept, in milliseconds. */
  readonly idleMs?: number;
}

export const DEADLINE_MS = 3000;
const IDLE_MS = 60_000;
/** How long the start of the thread may take, in milliseconds. */
const START_MS = 20_000;
const MAX_WAITING = 50;
/** A schema is at most as long as a prompt, a value at most as long as an answer; the rest is for the check itself. */
const MAX_HEAP_MEGABYTES = 256;
const STOPPED: Verdict = { problem: "the bridge is stopping", isChecked: false };

/** `isChecked` is false when the check itself failed; then the problem is why. */
interface Verdict {
  readonly problem: string | undefined;
  readonly isChecked: boolean;
}

interface Job extends SchemaTask {
  readonly settle: (verdict: Verdict) => void;
}

/**
 * Checks callers' JSON Schemas, and values against them, in a thread of its own, one after the other. A pattern can be
 * made so that it takes for years, and so can references that double at each step, or a memory without end: at the deadline
 * the thread is ended, and the caller is told. The host goes on meanwhile. See docs/decisions/json-schema.md.
 */
export class SchemaChecks implements Disposable {
  readonly #options: SchemaChecksOptions;
  readonly #waiting: Job[] = [];
  /** The one that the worker is at. */
  #current: Job | undefined;
  #worker: Worker | undefined;
  /** For the present job, or for a worker without one. */
  #timer: Disposable | undefined;
  #counter = 0;
  #isDisposed = false;

  constructor(options: SchemaChecksOptions) {
    this.#options = options;
  }

  /** @throws BridgeError VALIDATION_FAILED for a schema that cannot be used, RATE_LIMIT_EXCEEDED when too many wait */
  async assertUsable(schema: JsonSchema): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) {
      throw new BridgeError("RATE_LIMIT_EXCEEDED", "Too many JSON Schemas are waiting to be checked. Try again later.");
    }
    const { problem } = await this.#check(schema);
    if (problem === undefined) return;
    throw invalid("schema", "schema", "a JSON Schema that can be used", "another", quote(problem));
  }

  /** Says what is wrong with a value, as the end of a sentence about it; undefined when it fits. Never rejects. */
  async problemOf(schema: JsonSchema, value: unknown): Promise<string | undefined> {
    const { problem, isChecked } = await this.#check(schema, { value });
    if (problem === undefined) return undefined;
    return isChecked ? `does not match the schema: ${problem}` : `could not be checked against the schema: ${problem}`;
  }

  /** Ends the thread. Checks that wait or run end without a result. */
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

  /** Settles the present job, if there is one, and goes on with the next. */
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

  /** Ends the present job, and the thread with it, when it takes longer than this from now on. */
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

  /** A thread that ends by itself had no memory left, or could not be started. */
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
