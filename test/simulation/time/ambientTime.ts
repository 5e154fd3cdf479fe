import type { World } from "./world.ts";

/** Epoch milliseconds at which each simulation begins. */
const BEGINNING = Date.UTC(2026, 0, 1);

/** As much of Node's `Timeout` and `Immediate` as the product uses. */
class SimTimer {
  readonly #world: World;
  readonly #run: () => void;
  #step: { dispose(): void };

  constructor(world: World, run: () => void, delayMs: number) {
    this.#world = world;
    this.#run = run;
    this.#step = this.#start(delayMs);
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return false;
  }

  close(): void {
    this.#step.dispose();
  }

  #start(delayMs: number): { dispose(): void } {
    const { current } = this.#world;
    return this.#world.after(delayMs, this.#run, current, "timer");
  }
}

type Run = (...args: unknown[]) => void;

const { clearTimeout: clearReal, clearImmediate: clearRealImmediate } = globalThis;

/**
 * Gives all timers, clocks and chance of this process to a world, for the classes that do not take a `Clock`: a timer
 * belongs to the process whose step has started it.
 * @returns a function that gives them back
 */
export function ownTime(world: World): () => void {
  const restorers: (() => void)[] = [];
  const replace = (holder: object, name: string, value: unknown): void => {
    const original = Object.getOwnPropertyDescriptor(holder, name);
    Object.defineProperty(holder, name, { value, configurable: true, writable: true });
    restorers.push(() => {
      // `performance` inherits its clock.
      if (original === undefined) Reflect.deleteProperty(holder, name);
      else Object.defineProperty(holder, name, original);
    });
  };
  const clear = (timer: unknown): void => {
    if (timer instanceof SimTimer) timer.close();
    else clearReal(timer as NodeJS.Timeout);
  };
  replace(Date, "now", () => BEGINNING + Math.floor(world.now));
  replace(performance, "now", () => world.now);
  replace(Math, "random", world.random.next);
  replace(globalThis, "setTimeout", (run: Run, ms = 1, ...args: unknown[]) => {
    return new SimTimer(world, () => run(...args), Math.max(1, ms));
  });
  replace(globalThis, "setImmediate", (run: Run, ...args: unknown[]) => new SimTimer(world, () => run(...args), 0));
  replace(globalThis, "clearTimeout", clear);
  replace(globalThis, "clearImmediate", (timer: unknown) => {
    if (timer instanceof SimTimer) timer.close();
    else clearRealImmediate(timer as NodeJS.Immediate);
  });
  return () => {
    for (const restore of restorers.toReversed()) restore();
  };
}
