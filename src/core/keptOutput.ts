/** How much text an execution keeps, in characters. More is passed on as events and not kept. */
export const MAX_KEPT_OUTPUT = 8 * 1024 * 1024;

/** The text that an execution has said, as far as it is kept. Pieces are joined when somebody reads them. */
export class KeptOutput {
  #pieces: string[] = [];
  #length = 0;
  #isTruncated = false;

  /** Characters that are held. */
  get length(): number {
    return this.#length;
  }

  /** Whether there was more. */
  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  get text(): string {
    if (this.#pieces.length > 1) this.#pieces = [this.#pieces.join("")];
    return this.#pieces[0] ?? "";
  }

  append(text: string): void {
    const room = MAX_KEPT_OUTPUT - this.#length;
    if (text.length > room) this.#isTruncated = true;
    if (room <= 0 || text === "") return;
    const kept = text.length > room ? text.slice(0, room) : text;
    // Most say one thing: a list that grows takes room for more.
    if (this.#pieces.length === 0) this.#pieces = [kept];
    else this.#pieces.push(kept);
    this.#length += kept.length;
  }

  /** Takes back the last characters. What was cut at the limit is not counted twice: then nothing is taken back. */
  retract(length: number): void {
    if (this.#isTruncated) return;
    let rest = Math.min(length, this.#length);
    this.#length -= rest;
    while (rest > 0) {
      const last = this.#pieces.pop() ?? "";
      if (last.length > rest) this.#pieces.push(last.slice(0, -rest));
      rest -= Math.min(rest, last.length);
    }
  }

  /** What it holds is not the whole, for a reason of its source. */
  markTruncated(): void {
    this.#isTruncated = true;
  }
}
