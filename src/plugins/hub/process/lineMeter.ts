const PER_SECOND = 100;

/** Limits the lines that a plugin writes to the log, and counts those that are left out. */
export class LineMeter {
  #second = 0;
  #lines = 0;
  #omitted = 0;

  /** @returns false for a line to leave out, or the number of lines that were left out before this one */
  take(nowMs = performance.now()): number | false {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#lines = 0;
    }
    if (++this.#lines > PER_SECOND) {
      this.#omitted++;
      return false;
    }
    const omitted = this.#omitted;
    this.#omitted = 0;
    return omitted;
  }
}
