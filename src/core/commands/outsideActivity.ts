/** An effect of a command may come after its end: a picker that it opened, a task that it began. In milliseconds. */
const ECHO_MS = 2000;

/** Remembers what programs have just had the editor do: it may be the cause of what happens next in the editor. */
export class OutsideActivity {
  /** Commands by the execution that runs them. */
  readonly #running = new Map<string, string>();
  #last: { readonly command: string; readonly endedAt: number } | undefined;

  began(executionId: string, command: string): void {
    this.#running.set(executionId, command);
  }

  /** Does nothing for an execution that did not begin here. */
  ended(executionId: string, now = performance.now()): void {
    const command = this.#running.get(executionId);
    if (command === undefined) return;
    this.#running.delete(executionId);
    this.#last = { command, endedAt: now };
  }

  /** The command of a program that runs, or that ended a moment ago. */
  latest(now = performance.now()): string | undefined {
    const running = [...this.#running.values()].at(-1);
    if (running !== undefined) return running;
    return this.#last !== undefined && now - this.#last.endedAt < ECHO_MS ? this.#last.command : undefined;
  }
}
