/** Maximum number of windows to remember. */
const MAX_WINDOWS = 256;

/** The newest event of each other window that was imported. */
export class ImportedIds {
  /** Least recently imported first. */
  readonly #ids = new Map<string, number>();

  /** Returns the `windowEventId`, or 0 for a window that is unknown or forgotten. */
  last(windowId: string): number {
    return this.#ids.get(windowId) ?? 0;
  }

  set(windowId: string, windowEventId: number): void {
    this.#ids.delete(windowId);
    this.#ids.set(windowId, windowEventId);
    const [oldest] = this.#ids.keys();
    if (this.#ids.size > MAX_WINDOWS && oldest !== undefined) this.#ids.delete(oldest);
  }
}
