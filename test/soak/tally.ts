/** Counts what happened during a soak, by name, and keeps the first few violations in words. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #violations: string[] = [];
  #violationCount = 0;

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** A promise of the bridge that did not hold. */
  violate(what: string): void {
    this.#violationCount++;
    if (this.#violations.length < 20) this.#violations.push(what);
  }

  get violations(): readonly string[] {
    return this.#violations;
  }

  get violationCount(): number {
    return this.#violationCount;
  }

  lines(): string[] {
    return [...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => `${name}: ${count}`);
  }
}
