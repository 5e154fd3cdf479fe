/** Number of principals of which the last turn is remembered. One that is forgotten counts as new. */
const MAX_REMEMBERED = 1000;

/**
 * A queue that takes turns between principals: the next item is the oldest one of the principal whose last turn was the longest
 * ago. So no principal gets two turns while another one waits, however many items it has queued.
 */
export class FairQueue<T> {
  /** By principal, each in the order of arrival. None is empty. */
  readonly #waiting = new Map<string, Set<T>>();
  /** Numbers the last turn of each principal, in the order of these turns. */
  readonly #lastTurns = new Map<string, number>();
  #turns = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Returns the number of items of one principal. */
  sizeOf(principalId: string): number {
    return this.#waiting.get(principalId)?.size ?? 0;
  }

  add(principalId: string, item: T): void {
    const items = this.#waiting.get(principalId);
    if (items === undefined) this.#waiting.set(principalId, new Set([item]));
    else items.add(item);
    this.#size++;
  }

  /** @returns false if the item was not queued */
  delete(principalId: string, item: T): boolean {
    const items = this.#waiting.get(principalId);
    if (items?.delete(item) !== true) return false;
    if (items.size === 0) this.#waiting.delete(principalId);
    this.#size--;
    return true;
  }

  /** Returns the next item, which remains in the queue. @param isReady returns false for items that are passed over */
  next(isReady: (item: T) => boolean = () => true): T | undefined {
    let next: T | undefined;
    let lastTurn = Infinity;
    for (const [principalId, items] of this.#waiting) {
      const turn = this.#lastTurnOf(principalId);
      if (turn >= lastTurn) continue;
      const [first] = items;
      if (first === undefined || !isReady(first)) continue;
      next = first;
      lastTurn = turn;
    }
    return next;
  }

  /** Records a turn of a principal, whose item may never have been queued. */
  took(principalId: string): void {
    this.#lastTurns.delete(principalId);
    this.#lastTurns.set(principalId, ++this.#turns);
    if (this.#lastTurns.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#lastTurns.keys();
    if (oldest !== undefined) this.#lastTurns.delete(oldest);
  }

  /** Returns the number of items before the next one that the principal adds. */
  positionOf(principalId: string): number {
    const own = this.sizeOf(principalId);
    const ownTurn = this.#lastTurnOf(principalId);
    let before = own;
    let isBeforeOwn = true;
    for (const [otherId, { size }] of this.#waiting) {
      if (otherId === principalId) {
        isBeforeOwn = false;
        continue;
      }
      const turn = this.#lastTurnOf(otherId);
      // Of principals that never had a turn, the one that waits longer comes first.
      const isFirst = turn < ownTurn || (turn === ownTurn && isBeforeOwn);
      before += Math.min(size, own + (isFirst ? 1 : 0));
    }
    return before;
  }

  /** Iterates over the items in the order in which `next` would return them, if all were ready. */
  *[Symbol.iterator](): Generator<T> {
    let rounds = [...this.#waiting]
      .map(([principalId, items]) => ({ turn: this.#lastTurnOf(principalId), items: items.values() }))
      .toSorted((a, b) => a.turn - b.turn);
    while (rounds.length > 0) {
      const rest: typeof rounds = [];
      for (const round of rounds) {
        const item = round.items.next();
        if (item.done === true) continue;
        yield item.value;
        rest.push(round);
      }
      rounds = rest;
    }
  }

  #lastTurnOf(principalId: string): number {
    return this.#lastTurns.get(principalId) ?? 0;
  }
}
