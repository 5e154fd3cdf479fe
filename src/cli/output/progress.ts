import type { Disposable } from "../../base/disposables.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const ERASE = "\r\x1b[2K";

/** A line at the end of a terminal that says what is awaited. Erased before anything else is written. */
export class ProgressLine implements Disposable {
  readonly #stream: NodeJS.WriteStream;
  #text: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;
  #isDrawn = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Shows a text until it is replaced or cleared. It must be safe to print. */
  show(text: string): void {
    this.#text = text;
    this.#timer ??= setInterval(() => this.#draw(), FRAME_MS).unref();
    this.#draw();
  }

  /** Erases the line for a moment; the next frame draws it again. */
  erase(): void {
    if (this.#isDrawn) this.#stream.write(ERASE);
    this.#isDrawn = false;
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#text = undefined;
    this.erase();
  }

  #draw(): void {
    if (this.#text === undefined) return;
    this.#frame = (this.#frame + 1) % FRAMES.length;
    // Longer ones would wrap, and could not be erased.
    const line = `${FRAMES[this.#frame] ?? ""} ${this.#text}`.slice(0, Math.max(10, (this.#stream.columns || 80) - 1));
    this.#stream.write(`${ERASE}${line}`);
    this.#isDrawn = true;
  }
}
