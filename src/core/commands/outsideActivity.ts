/**
 * Time in milliseconds after the end of a command in which its effects may appear, such as a picker or a task that it
 * started.
 */
const ECHO_MS = 2000;

/** Tracks editor commands recently run by programs, which may have caused the next event in the editor. */
export class OutsideActivity {
  /** Running commands by execution. */
  readonly #running = new Map<string, string>();
  #last: { readonly command: string; readonly endedAt: number } | undefined;

  began(executionId: string, command: string): void {
    this.#running.set(executionId, command);
  }

  /** Records the end of an execution. Ignores executions that were not tracked. */
  ended(executionId: string, now = performance.now()): void {
    const command = this.#running.get(executionId);
    if (command === undefined) return;
    this.#running.delete(executionId);
    this.#last = { command, endedAt: now };
  }

  /** Returns the command of a program that is running, or ended a moment ago. */
  latest(now = performance.now()): string | undefined {
    const running = [...this.#running.values()].at(-1);
    if (running !== undefined) return running;
    return this.#last !== undefined && now - this.#last.endedAt < ECHO_MS ? this.#last.command : undefined;
  }
}
