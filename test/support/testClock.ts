import timersPromises from "node:timers/promises";

/** As much of Node's `Timeout` as the product uses. */
class ClockTimer {
  readonly ms: number;
  readonly repeats: boolean;
  dueAt = 0;
  readonly #run: () => void;
  readonly #waiting: Set<ClockTimer>;
  readonly #start: (timer: ClockTimer) => void;

  constructor(
    clock: { readonly waiting: Set<ClockTimer>; readonly start: (timer: ClockTimer) => void },
    what: { readonly ms: number | undefined; readonly run: () => void; readonly repeats: boolean },
  ) {
    this.ms = Math.max(1, what.ms ?? 1);
    this.repeats = what.repeats;
    this.#run = what.run;
    this.#waiting = clock.waiting;
    this.#start = clock.start;
    this.refresh();
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  refresh(): this {
    this.#start(this);
    return this;
  }

  close(): void {
    this.#waiting.delete(this);
  }

  fire(): void {
    if (this.repeats) this.refresh();
    else this.close();
    this.#run();
  }
}

type Run = (...args: unknown[]) => void;
const { setTimeout: startReal, clearTimeout: endReal } = globalThis;
const realNow = performance.now.bind(performance);

/** Stays replaced, since a timer may outlive its clock. */
for (const name of ["clearTimeout", "clearInterval"] as const) {
  const endRealTimer = globalThis[name];
  globalThis[name] = (timer) => {
    if (timer instanceof ClockTimer) timer.close();
    else endRealTimer(timer);
  };
}

/**
 * A clock for the timers of the product in this process: a deadline passes when the test says so, however busy the machine
 * is, and none passes before. It runs in real time unless it is stopped. Child processes, sockets, `setImmediate`, mocha and
 * `until` have their own time. Release it in `afterEach`.
 */
export class TestClock {
  /** Of a test that has run out of time. */
  static #forgotten: TestClock | undefined;
  readonly #waiting = new Set<ClockTimer>();
  readonly #restore: (() => void)[] = [];
  #aheadMs = 0;
  #stoppedAt: number | undefined;
  #alarm: NodeJS.Timeout | undefined;
  #refreshes = 0;

  constructor() {
    TestClock.#forgotten?.release();
    TestClock.#forgotten = this;
    const timerOf = (run: Run, ms: number | undefined, args: unknown[], repeats: boolean): ClockTimer =>
      new ClockTimer(this.#parts, { ms, run: () => run(...args), repeats });
    this.#replace(performance, "now", () => this.#now());
    this.#replace(globalThis, "setTimeout", (run: Run, ms?: number, ...args: unknown[]) =>
      timerOf(run, ms, args, false),
    );
    this.#replace(globalThis, "setInterval", (run: Run, ms?: number, ...args: unknown[]) =>
      timerOf(run, ms, args, true),
    );
    this.#replace(timersPromises, "setTimeout", (ms: number, value: unknown, options?: { signal?: AbortSignal }) =>
      this.#delay(ms, value, options?.signal),
    );
  }

  /** A clock that stands still: time passes by `pass` alone. */
  static stopped(): TestClock {
    const clock = new TestClock();
    clock.stop();
    return clock;
  }

  /** How often a timer was started or restarted, which the product does at each sign of activity. */
  get refreshes(): number {
    return this.#refreshes;
  }

  /** The number of timers that are not due yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  stop(): this {
    this.#stoppedAt ??= Math.ceil(this.#now());
    this.#setAlarm();
    return this;
  }

  /** Lets time pass in a moment, and every timer that is due in it run, in order. */
  pass(ms: number): void {
    const end = this.#now() + ms;
    for (let timer = this.#dueBy(end); timer !== undefined; timer = this.#dueBy(end)) {
      this.#moveTo(Math.max(this.#now(), timer.dueAt));
      timer.fire();
    }
    this.#moveTo(end);
    this.#setAlarm();
  }

  /** Gives the process its own time back. Timers that are still waiting go on in real time. */
  release(): void {
    TestClock.#forgotten = undefined;
    for (const restore of this.#restore.splice(0)) restore();
    this.#aheadMs = this.#now() - realNow();
    this.#stoppedAt = undefined;
    this.#setAlarm();
  }

  readonly #parts = {
    waiting: this.#waiting,
    start: (timer: ClockTimer): void => {
      this.#refreshes++;
      timer.dueAt = this.#now() + timer.ms;
      this.#waiting.add(timer);
      this.#setAlarm();
    },
  };

  #now(): number {
    return this.#stoppedAt ?? realNow() + this.#aheadMs;
  }

  #moveTo(time: number): void {
    if (this.#stoppedAt === undefined) this.#aheadMs += Math.max(0, time - this.#now());
    else this.#stoppedAt = time;
  }

  #dueBy(time: number): ClockTimer | undefined {
    return [...this.#waiting].filter(({ dueAt }) => dueAt <= time).toSorted((a, b) => a.dueAt - b.dueAt)[0];
  }

  /** In real time the next timer that is due wakes us. */
  #setAlarm(): void {
    endReal(this.#alarm);
    const next = this.#dueBy(Number.POSITIVE_INFINITY);
    if (this.#stoppedAt !== undefined || next === undefined) return;
    this.#alarm = startReal(() => this.pass(0), Math.max(1, next.dueAt - this.#now())).unref();
  }

  #delay(ms: number, value: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = new ClockTimer(this.#parts, { ms, run: () => resolve(value), repeats: false });
    signal?.addEventListener("abort", () => {
      timer.close();
      reject(signal.reason);
    });
    return promise;
  }

  #replace(owner: object, name: string, by: (...args: never[]) => unknown): void {
    const original = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { value: by, configurable: true, writable: true });
    this.#restore.push(() => {
      if (original === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, original);
    });
  }
}
