/** The usual width of a terminal. Lines that are redrawn with `\r` are not longer. */
const MAX_HELD_LINE = 80;

/**
 * Renders line endings as a terminal does: `\r\n` (and `\r\r\n`) becomes `\n`, and text after a lone `\r` replaces the
 * line (docs/kiro-cli.md#m8, #m9). For that, the last line is held back up to 80 characters. A line that was already
 * returned cannot be replaced, so the text starts a new line. The result does not depend on chunk boundaries.
 */
export class LineOverwrites {
  /** The unreturned part of the unfinished line, possibly with a trailing `\r`. */
  #held = "";
  /** True if a part of the unfinished line was returned. */
  #isBegun = false;

  write(text: string): string {
    if (text === "") return "";
    if (!text.includes("\r") && !this.#held.includes("\r")) return this.#append(text);
    const all = withoutReturns(this.#held + text);
    const lineStart = all.lastIndexOf("\n") + 1;
    const lines = this.#finish(all.slice(0, lineStart));
    return lines + this.#hold(all.slice(lineStart));
  }

  /** Returns the held line. */
  release(): string {
    const isReturned = this.#held.endsWith("\r");
    const line = isReturned ? this.#held.slice(0, -1) : this.#held;
    this.#held = isReturned ? "\r" : "";
    if (line !== "") this.#isBegun = true;
    return line;
  }

  /** Appends text if nothing is overwritten, by concatenation only: scanning both as one string would copy them. */
  #append(text: string): string {
    const lineStart = text.lastIndexOf("\n") + 1;
    if (lineStart === 0) return this.#hold(this.#held + text);
    const lines = this.#held + text.slice(0, lineStart);
    this.#isBegun = false;
    return lines + this.#hold(text.slice(lineStart));
  }

  /** Handles complete lines. */
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

  /** Handles the unfinished line. */
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

/** Collapses runs of `\r`. Matched as runs, so that the time stays linear. */
function withoutReturns(text: string): string {
  return text.includes("\r") ? text.replace(/\r\r+/gu, "\r").replaceAll("\r\n", "\n") : text;
}

/**
 * Returns the visible part of a line: its last layer, preceded by separate lines for the layers that were already
 * returned.
 */
function overwritten(line: string, isBegun: boolean): string {
  const layers = line.split("\r");
  const last = layers.pop() ?? "";
  const out = layers.filter((layer, index) => layer.length > MAX_HELD_LINE || (isBegun && index === 0));
  return [...out, last].join("\n");
}
