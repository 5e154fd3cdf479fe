import type { Writable } from "node:stream";
import { within } from "../../../base/deadline.ts";
import { unavailable } from "../../../protocol/unavailable.ts";

/** Number of bytes per write, which is the granularity of progress. */
const SLICE_BYTES = 16_384;

/** The only writer to the stdin of a CLI. Writes are whole, in order, and bounded in time (docs/kiro-cli.md#m18). */
export class StdinWriter {
  readonly #stdin: Writable;
  readonly #progressMs: number;
  #last: Promise<void> = Promise.resolve();

  constructor(stdin: Writable, progressMs: number) {
    this.#stdin = stdin;
    this.#progressMs = progressMs;
    // An exit is reported by `exited` and by the failed write; EPIPE must not crash the extension host.
    stdin.on("error", () => undefined);
  }

  /** @throws BridgeError KIRO_UNAVAILABLE: `not_running` if the pipe is closed, `not_responding` without progress */
  write(text: string): Promise<void> {
    const turn = this.#last.then(() => this.#writeSlices(Buffer.from(text.toWellFormed(), "utf8")));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Closes stdin after pending writes. */
  end(): void {
    void this.#last.then(() => this.#stdin.end());
  }

  async #writeSlices(bytes: Buffer): Promise<void> {
    for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
      const progress = await within(
        this.#writeSlice(bytes.subarray(start, start + SLICE_BYTES)),
        this.#progressMs,
        "late",
      );
      if (progress === "late") throw unavailable("cli-not-responding", "Kiro CLI does not read its input.");
      if (progress === "failed") throw unavailable("cli-ended", "Kiro CLI has ended.");
    }
  }

  /** Resolves when the system has accepted the bytes. */
  #writeSlice(bytes: Buffer): Promise<"written" | "failed"> {
    return new Promise((resolve) => this.#stdin.write(bytes, (error) => resolve(error ? "failed" : "written")));
  }
}
