import type { Readable } from "node:stream";
import { type Disposable, toDisposable } from "../../../base/disposables.ts";
import { AnsiStripper, type StripperOptions } from "./ansi.ts";

/** Time in milliseconds after which an incomplete line, which could still be overwritten, is emitted. */
const RELEASE_MS = 25;

/**
 * Reads a stream of the CLI as clean text. Each chunk is reported as a sign of life, even if it contains no text. Owns
 * the bytes: other listeners must be attached before, and must not keep them.
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

  /** Emits the text held back, at the end of the stream. */
  finish(): void {
    this.dispose();
    this.#tell(this.#stripper.flush());
  }

  /** Stops reading. The stream keeps flowing. */
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

/**
 * Frees the memory of a chunk at once: V8 would only do so when its own heap is full, after hundreds of chunks of 64
 * KiB.
 */
function free({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
