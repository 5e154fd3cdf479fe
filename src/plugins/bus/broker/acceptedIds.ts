const MAX_SOURCES = 200;
const MAX_IDS = 1000;

/**
 * Accepts each message id of one source once, so that a publisher may repeat what it is not sure of. Keeps the most
 * recent ids of the most recent sources.
 */
export class AcceptedIds {
  readonly #bySource = new Map<string, Map<string, Promise<void>>>();

  /** Returns the acceptance of an id that was seen before. */
  find(source: string, id: string): Promise<void> | undefined {
    return this.#bySource.get(source)?.get(id);
  }

  /** Remembers an acceptance; forgets it when it fails, so that the publisher may try again. */
  add(source: string, id: string, accepted: Promise<void>): void {
    const ids = this.#bySource.get(source) ?? new Map<string, Promise<void>>();
    // The most recent source and id are the last ones.
    this.#bySource.delete(source);
    this.#bySource.set(source, ids);
    ids.set(id, accepted);
    accepted.catch(() => ids.delete(id));
    evict(ids, MAX_IDS);
    evict(this.#bySource, MAX_SOURCES);
  }
}

function evict(map: Map<string, unknown>, maxSize: number): void {
  if (map.size <= maxSize) return;
  for (const oldest of map.keys()) return void map.delete(oldest);
}
