/** What has to be undone at the end: undone in reverse order, each whatever became of the others. */
export class Cleanup {
  readonly #steps: (() => Promise<void>)[] = [];

  /** Takes a thing over together with the way to end it, on the line that creates it. */
  add<T>(thing: T, end: (thing: T) => Promise<void>): T {
    this.#steps.push(() => end(thing));
    return thing;
  }

  /** Undoes everything once. Throws at the end when a step failed. */
  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (let step = this.#steps.pop(); step; step = this.#steps.pop())
      await step().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw new AggregateError(errors, `Could not clean up: ${errors.map(String).join("; ")}`);
  }
}
