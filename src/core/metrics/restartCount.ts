/** Counts how often a session of the Kiro CLI needed another process because its process ended during a turn. */
export class RestartCount {
  readonly #states = new Map<string, string>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  record(sessionId: string, state: string): void {
    if (state === "sleeping" && this.#states.get(sessionId) === "busy") this.#total++;
    if (state === "closed") this.#states.delete(sessionId);
    else this.#states.set(sessionId, state);
  }
}
