import type { Disposable } from "../../../src/base/disposables.ts";
import { EventQueue, type Step, type StepKind } from "./eventQueue.ts";
import { Random } from "./random.ts";
import type { SimProcess } from "./simProcess.ts";

/** Steps between two rounds of the real event loop. */
const BATCH = 512;
const KEPT_LINES = 80;
/** The one of Node: `ownTime` replaces that of the product. */
const { setImmediate: startRound } = globalThis;

/** A broken promise of the product, or an error that it threw. */
export class Violation extends Error {}

/**
 * Virtual time and chance, the same for each run of a seed. Takes one step at a time; promises that a step has settled
 * continue before the next one, within the same process.
 */
export class World {
  readonly random: Random;
  /** Called after each step. */
  onDidStep: () => void = () => undefined;
  /** The process whose step is being taken. */
  current: SimProcess | undefined;
  #now = 0;
  #order = 0;
  #steps = 0;
  #violation: Violation | undefined;
  readonly #queue = new EventQueue();
  readonly #lines: string[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.#now;
  }

  get steps(): number {
    return this.#steps;
  }

  after(delayMs: number, run: () => void, process?: SimProcess, kind: StepKind = "input"): Disposable {
    const step = { time: this.#now + delayMs, order: this.#order++, process, kind, run, isCancelled: false };
    this.#queue.push(step);
    return { dispose: () => void (step.isCancelled = true) };
  }

  /** Puts a step that a process has missed at the present time. It can still be cancelled. */
  again(missed: Step): void {
    const run = (): void => {
      if (!missed.isCancelled) missed.run();
    };
    if (!missed.isCancelled) this.after(0, run, missed.process, missed.kind);
  }

  /** Adds a line to what is printed in case of a violation. */
  note(text: string): void {
    this.#lines.push(`${this.#now.toFixed(1).padStart(9)} ${text}`);
    if (this.#lines.length > 2 * KEPT_LINES) this.#lines.splice(0, KEPT_LINES);
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-KEPT_LINES);
  }

  /** Ends the run; `run` then rejects. The first violation counts. */
  fail(problem: string): void {
    this.#violation ??= new Violation(problem);
  }

  /** Takes steps until `isOver` returns true after one of them. @throws Violation */
  run(isOver: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let hasEnded = false;
    const round = (): void => {
      // Node empties the queue of promises after each of these, which is much faster than a round of its loop for each.
      for (let at = 0; at < BATCH; at++) startRound(take);
      startRound(() => {
        if (!hasEnded) round();
      });
    };
    const take = (): void => {
      if (hasEnded) return;
      this.onDidStep();
      if (this.#violation !== undefined) reject(this.#violation);
      else if (isOver()) resolve();
      else if (this.#take()) return;
      else reject(new Violation("Nothing happens any more."));
      hasEnded = true;
      this.current = undefined;
    };
    round();
    return promise;
  }

  /** @returns false if there is no step */
  #take(): boolean {
    for (;;) {
      const step = this.#queue.pop();
      if (step === undefined) return false;
      if (step.isCancelled) continue;
      this.#now = Math.max(this.#now, step.time);
      const { process } = step;
      if (process !== undefined && !process.takes(step)) continue;
      this.current = process;
      this.#steps++;
      try {
        step.run();
      } catch (error) {
        this.fail(
          `A step of ${process?.name ?? "the world"} threw: ${String(error instanceof Error ? error.stack : error)}`,
        );
      }
      return true;
    }
  }
}
