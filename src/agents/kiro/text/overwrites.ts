/** The width of a usual terminal: what redraws itself with `\r` is not longer. */
const MAX_HELD_LINE = 80;

/**
 * Line ends as a terminal shows them: `\r\n` (and `\r\r\n`) is `\n`, and what follows a lone `\r` replaces the line
 * (docs/kiro-cli.md#m8, #m9). For that the last line is held back while it is no longer than 80 characters. A line that is
 * already out can not be replaced: what follows goes to a line of its own. The text is the same however it is cut.
 */
export class LineOverwrites {
  /** The unfinished line as far as it is not out, perhaps with a final `\r`. */
  #held = "";
  /** A part of the unfinished line is out already. */
  #isBegun = false;

  write(text: string): string {
    if (text === "") return "";
    if (!text.includes("\r") && !this.#held.includes("\r")) return this.#append(text);
    const all = withoutReturns(this.#held + text);
    const lineStart = all.lastIndexOf("\n") + 1;
    const lines = this.#finish(all.slice(0, lineStart));
    return lines + this.#hold(all.slice(lineStart));
  }

  /** Lets the held line go as it stands. */
  release(): string {
    const isReturned = this.#held.endsWith("\r");
    const line = isReturned ? this.#held.slice(0, -1) : this.#held;
    this.#held = isReturned ? "\r" : "";
    if (line !== "") this.#isBegun = true;
    return line;
  }

  /** Nothing is overwritten. The held line and the text are joined unseen: looking into both as one copies them. */
  #append(text: string): string {
    const lineStart = text.lastIndexOf("\n") + 1;
    if (lineStart === 0) return this.#hold(this.#held + text);
    const lines = this.#held + text.slice(0, lineStart);
    this.#isBegun = false;
    return lines + this.#hold(text.slice(lineStart));
  }

  /** Whole lines. */
  #finish(lines: string): string {
    if (lines === "") return "";
    const isBegun = this.#isBegun;
    this.#isBegun = false;
    if (!lines.includes("\r")) return lines;
    return lines
      .split("\n")
      .map((line, index) => overwritten(line, isBegun && index === 0))
      .join("\n");
  }

  /** The unfinished line. */
  #hold(line: string): string {
    const end = line.endsWith("\r") ? line.length - 1 : line.length;
    const start = line.slice(0, end).lastIndexOf("\r") + 1;
    let out = "";
    if (start > 0) {
      out = overwritten(line.slice(0, start), this.#isBegun);
      this.#isBegun = false;
    }
    this.#held = line.slice(start);
    return this.#isBegun || end - start > MAX_HELD_LINE ? out + this.release() : out;
  }
}

/** One `\r` is as good as many; matched as a run, so that a flood of them stays linear. */
function withoutReturns(text: string): string {
  return text.includes("\r") ? text.replace(/\r\r+/gu, "\r").replaceAll("\r\n", "\n") : text;
}

/** What is left of a line: its last layer, and before it, as lines of their own, the layers which were out already. */
function overwritten(line: string, isBegun: boolean): string {
  const layers = line.split("\r");
  const last = layers.pop() ?? "";
  const out = layers.filter((layer, index) => layer.length > MAX_HELD_LINE || (isBegun && index === 0));
  return [...out, last].join("\n");
}
