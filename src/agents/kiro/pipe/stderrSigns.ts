/** A sign about a turn in the output on stderr. */
export type StderrSign =
  /** The time line: the turn has ended (docs/kiro-cli.md#111-time-line). */
  | { readonly kind: "time" }
  /**
   * A question that blocks the CLI; `answers` are the keys that it offers (docs/kiro-cli.md#110-permission-question,
   * #m14).
   */
  | { readonly kind: "question"; readonly text: string; readonly answers: readonly string[] }
  /** The CLI has failed, and reads its input again (docs/kiro-cli.md#112-errors). */
  | { readonly kind: "error"; readonly text: string };

/** Maximum length of a line. Longer ones are ignored. */
const MAX_LINE = 4096;
const TIME = /^\s*▸ (?:Credits: [\d.]+ • )?Time: (?:\d+h ?)?(?:\d+m ?)?\d+s\s*$/u;
/** The keys at the end of a question. */
const KEYS = /\[(y\/n(?:\/t)?)\]:$/u;
const ERROR = /^(?:Kiro is having trouble responding right now|The model you've selected is temporarily unavailable)/u;

/**
 * Finds signs in the clean text of stderr, line by line, regardless of chunk boundaries. The answer is never searched
 * (docs/kiro-cli.md#m4, #m25).
 */
export class StderrSigns {
  #line = "";

  write(text: string): StderrSign[] {
    const [first = "", ...rest] = text.split("\n");
    const signs: StderrSign[] = [];
    this.#append(first);
    for (const piece of rest) {
      const sign = signOf(this.#line);
      if (sign !== undefined) signs.push(sign);
      this.#line = "";
      this.#append(piece);
    }
    return signs;
  }

  #append(text: string): void {
    this.#line += text.slice(0, MAX_LINE - this.#line.length);
  }
}

function signOf(line: string): StderrSign | undefined {
  if (TIME.test(line)) return { kind: "time" };
  if (ERROR.test(line)) return { kind: "error", text: line };
  return questionOf(line.trimEnd());
}

/** Parses in steps: as a single pattern, the white space between text and keys would take cubic time. */
function questionOf(line: string): StderrSign | undefined {
  const keys = KEYS.exec(line);
  const text = line.slice(0, keys?.index ?? 0).trimEnd();
  return keys?.[1] === undefined || !text.includes("?")
    ? undefined
    : { kind: "question", text, answers: keys[1].split("/") };
}
