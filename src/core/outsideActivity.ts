/** An effect of a command may come after its end: a picker that it opened, a task that it began. In milliseconds. */
const ECHO_MS = 2000;

/** Remembers what programs have just had the editor do: it may be the cause of what happens next in the editor. */
export class OutsideActivity {
  readonly #running = new Set<{ readonly command: string }>();
  #last: { readonly command: string; readonly endedAt: number } | undefined;

  /** Notes a command that runs now, until `ended` resolves. */
  track(command: string, ended: Promise<unknown>): void {
    const run = { command };
    this.#running.add(run);
    void ended.finally(() => {
      this.#running.delete(run);
      this.#last = { command, endedAt: performance.now() };
    });
  }

  /** The command of a program that runs, or that ended a moment ago. */
  latest(now = performance.now()): string | undefined {
    const running = [...this.#running].at(-1);
    if (running !== undefined) return running.command;
    return this.#last !== undefined && now - this.#last.endedAt < ECHO_MS ? this.#last.command : undefined;
  }
}
