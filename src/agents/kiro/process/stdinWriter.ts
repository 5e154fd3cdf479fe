import type { Writable } from "node:stream";
import { within } from "../../../base/deadline.ts";
import { BridgeError } from "../../../protocol/errors.ts";

/** Bytes handed over at a time: progress is seen at this grain. */
const SLICE_BYTES = 16_384;

/** The only writer of a CLI's input. Texts go out whole and in order; no wait is without an end (docs/kiro-cli.md#m18). */
export class StdinWriter {
  readonly #stdin: Writable;
  readonly #progressMs: number;
  #last: Promise<void> = Promise.resolve();

  constructor(stdin: Writable, progressMs: number) {
    this.#stdin = stdin;
    this.#progressMs = progressMs;
    // A CLI which has gone is told by `exited` and by the failed write; EPIPE must not crash the host.
    stdin.on("error", () => undefined);
  }

  /** @throws BridgeError KIRO_UNAVAILABLE: `not_running` when nobody reads any more, `not_responding` without progress. */
  write(text: string): Promise<void> {
    const turn = this.#last.then(() => this.#writeSlices(Buffer.from(text.toWellFormed(), "utf8")));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Ends the input after everything that is written by now. */
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
      if (progress === "late")
        throw new BridgeError("KIRO_UNAVAILABLE", "Kiro CLI does not read its input.", { reason: "not_responding" });
      if (progress === "failed")
        throw new BridgeError("KIRO_UNAVAILABLE", "Kiro CLI has ended.", { reason: "not_running" });
    }
  }

  /** Resolves when the system has taken the bytes. */
  #writeSlice(bytes: Buffer): Promise<"written" | "failed"> {
    return new Promise((resolve) => this.#stdin.write(bytes, (error) => resolve(error ? "failed" : "written")));
  }
}
