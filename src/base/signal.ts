const fired = Promise.resolve();

/** Something that happens once and can be awaited, before and after. Costs a promise only while somebody waits. */
export class Signal {
  #waiting: PromiseWithResolvers<void> | undefined;
  #hasFired = false;

  /** Resolves when it happens, at once when it has happened; never rejects. */
  get promise(): Promise<void> {
    if (this.#hasFired) return fired;
    return (this.#waiting ??= Promise.withResolvers<void>()).promise;
  }

  fire(): void {
    this.#hasFired = true;
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}
