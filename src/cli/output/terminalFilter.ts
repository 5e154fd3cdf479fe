import { plainText } from "./plainText.ts";

const ESC = "\u001b";
/** Colours, and erasing to the end of the line: they change nothing outside the line that is written. */
const HARMLESS = new RegExp(`(${ESC}\\[[\\d;]*[mK]|\\r)`);
/** The beginning of such a sequence, which the next part may complete. */
const UNFINISHED = new RegExp(`${ESC}(?:\\[[\\d;]{0,32})?$`);

/** Lets colours through, and escapes all other control sequences, across the parts of a stream. */
export class TerminalFilter {
  #held = "";

  next(part: string): string {
    const text = this.#held + part;
    this.#held = UNFINISHED.exec(text)?.[0] ?? "";
    const whole = text.slice(0, text.length - this.#held.length);
    return whole
      .split(HARMLESS)
      .map((piece, at) => (at % 2 === 1 ? piece : plainText(piece)))
      .join("");
  }
}
