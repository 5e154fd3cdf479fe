/** Gives calls IDs that Anthropic takes. Those of other vendors may have characters that it rejects. */
export class CallIds {
  readonly #given = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** Returns the same ID for the same call. */
  of(id: string): string {
    const known = this.#given.get(id);
    if (known !== undefined) return known;
    let given = id.replaceAll(/[^A-Za-z0-9_-]/g, "_") || "call";
    while (this.#taken.has(given)) given = `${given}_`;
    this.#given.set(id, given);
    this.#taken.add(given);
    return given;
  }
}
