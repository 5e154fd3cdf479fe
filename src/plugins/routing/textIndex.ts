import { stemOf } from "./stem.ts";

/** "c++" and "c#" are words; everything else between letters and digits separates two of them. */
const WORD = /[\p{L}\p{N}]+[+#]*/gu;
/** Maximum number of words of a term, and the longest word, in characters; a longer one is not found. */
const MAX_TERM_WORDS = 4;
const MAX_WORD_LENGTH = 100;

/** A keyword, or several words in a row. */
export interface Term {
  /** As its author has written it. */
  readonly name: string;
  readonly words: string;
  readonly stems: string;
}

/** The place of a term in a text. */
export interface TextMatch {
  /** `word`: exactly this word. `stem`: another form of it. */
  readonly how: "word" | "stem";
  /** The words of the text. */
  readonly matched: string;
}

export function termOf(name: string): Term {
  const words = wordsOf(name);
  return { name, words: words.join(" "), stems: words.map(stemOf).join(" ") };
}

/** Finds terms in a text, by whole words and by their stems, each in constant time. */
export class TextIndex {
  readonly #words: readonly string[];
  /** First index of each sequence of stems, and number of its words. */
  readonly #places = new Map<string, readonly [index: number, count: number]>();
  readonly #exact = new Set<string>();

  constructor(text: string) {
    this.#words = wordsOf(text);
    const stems = this.#words.map(stemOf);
    for (let index = 0; index < stems.length; index++) this.#add(stems, index);
  }

  find({ words, stems }: Term): TextMatch | undefined {
    const place = this.#places.get(stems);
    if (place === undefined) return undefined;
    if (this.#exact.has(words)) return { how: "word", matched: words };
    const [index, count] = place;
    return { how: "stem", matched: this.#words.slice(index, index + count).join(" ") };
  }

  #add(stems: readonly string[], index: number): void {
    let words = "";
    let key = "";
    for (let count = 1; count <= MAX_TERM_WORDS && index + count <= stems.length; count++) {
      const space = count === 1 ? "" : " ";
      words += `${space}${this.#words[index + count - 1] ?? ""}`;
      key += `${space}${stems[index + count - 1] ?? ""}`;
      this.#exact.add(words);
      if (!this.#places.has(key)) this.#places.set(key, [index, count]);
    }
  }
}

function wordsOf(text: string): string[] {
  const words = text.normalize("NFKC").toLowerCase().match(WORD) ?? [];
  return words.filter((word) => word.length <= MAX_WORD_LENGTH);
}
