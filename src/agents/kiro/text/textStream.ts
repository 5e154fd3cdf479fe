import type { Readable } from "node:stream";
import { type Disposable, toDisposable } from "../../../base/disposables.ts";
import { AnsiStripper, type StripperOptions } from "./ansi.ts";

/** A line that may still be overwritten waits so long for more, in milliseconds; then it is shown as it is. */
const RELEASE_MS = 25;

/**
 * Reads a stream of the CLI as clean text. Every arrival of bytes is told, even when it gives no text: a sign of life.
 * The bytes are its own: whoever else reads them has attached before, and does not keep them.
 */
export class TextStream implements Disposable {
  readonly #stripper: AnsiStripper;
  readonly #onText: (text: string) => void;
  readonly #attached: Disposable;
  #release: NodeJS.Timeout | undefined;

  constructor(stream: Readable, options: StripperOptions, onText: (text: string) => void) {
    this.#stripper = new AnsiStripper(options);
    this.#onText = onText;
    const onData = (bytes: Buffer): void => this.#take(bytes);
    stream.on("data", onData);
    this.#attached = toDisposable(() => void stream.off("data", onData));
  }

  /** Gives what was held back. For the end of the stream. */
  finish(): void {
    this.dispose();
    this.#tell(this.#stripper.flush());
  }

  /** Leaves the stream. It flows on, unread by us. */
  dispose(): void {
    clearTimeout(this.#release);
    void this.#attached.dispose();
  }

  #take(bytes: Buffer): void {
    const text = this.#stripper.write(bytes);
    free(bytes);
    this.#onText(text);
    this.#release ??= setTimeout(() => this.#tell(this.#stripper.release()), RELEASE_MS).unref();
    this.#release.refresh();
  }

  #tell(text: string): void {
    if (text !== "") this.#onText(text);
  }
}

/** At once: V8 waits until its own memory is full, and a flood would have hundreds of pieces of 64 KiB dead until then. */
function free({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
