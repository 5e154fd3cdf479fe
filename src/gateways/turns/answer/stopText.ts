/** A text up to a stop sequence. */
export interface Passed {
  readonly text: string;
  /** The sequence that follows the text, if one was found. */
  readonly stop?: string;
}

/**
 * Finds the first of several sequences in a text that comes in chunks, also across their borders. Holds back the end of the
 * text as long as it may be the beginning of a sequence.
 */
export class StopText {
  readonly #sequences: readonly string[];
  #held = "";

  constructor(sequences: readonly string[]) {
    this.#sequences = sequences.filter((sequence) => sequence !== "");
  }

  /** Takes a chunk. @returns the text that may be passed on */
  push(chunk: string): Passed {
    const text = this.#held + chunk;
    const found = this.#first(text);
    if (found !== undefined) {
      this.#held = "";
      return { text: text.slice(0, found.at), stop: found.sequence };
    }
    const keep = this.#beginning(text);
    this.#held = text.slice(text.length - keep);
    return { text: text.slice(0, text.length - keep) };
  }

  /** Removes text from the end that was not passed on. @returns the number of characters that were removed */
  retract(length: number): number {
    const removed = Math.min(length, this.#held.length);
    this.#held = this.#held.slice(0, this.#held.length - removed);
    return removed;
  }

  /** Returns the text that was held back, at the end of the text. */
  flush(): string {
    const text = this.#held;
    this.#held = "";
    return text;
  }

  /** Returns the sequence that is complete first; of several that end at once, the longest. */
  #first(text: string): { readonly at: number; readonly sequence: string } | undefined {
    let first: { readonly at: number; readonly sequence: string; readonly end: number } | undefined;
    for (const sequence of this.#sequences) {
      const at = text.indexOf(sequence);
      const end = at + sequence.length;
      const isFirst = first === undefined || end < first.end || (end === first.end && at < first.at);
      if (at >= 0 && isFirst) first = { at, sequence, end };
    }
    return first;
  }

  /** Returns the length of the longest end of the text with which a sequence begins. */
  #beginning(text: string): number {
    let longest = 0;
    for (const sequence of this.#sequences) {
      for (let length = Math.min(sequence.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(sequence.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
