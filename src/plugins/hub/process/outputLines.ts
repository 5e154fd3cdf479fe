import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

const MAX_LINE = 2000;
const MAX_KEPT = 200;

/** The latest lines of a plugin, kept over its restarts. Bounded, whatever the plugin prints. */
export class OutputLines {
  #lines: string[] = [];

  /** The oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > 2 * MAX_KEPT) this.#lines = this.#lines.slice(-MAX_KEPT);
  }

  /** The last ones. */
  tail(count = MAX_KEPT): readonly string[] {
    return this.#lines.slice(-Math.min(count, MAX_KEPT));
  }
}

/** Calls `onLine` for each line of a stream, also for the last one without a line break. Cuts long lines. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let line = "";
  let isCut = false;
  const take = (text: string): void => {
    if (isCut) return;
    line += text;
    if (line.length <= MAX_LINE) return;
    line = `${line.slice(0, MAX_LINE)}…`;
    isCut = true;
  };
  const end = (): void => {
    if (line !== "") onLine(line.replaceAll("\r", "").toWellFormed());
    line = "";
    isCut = false;
  };
  const read = (text: string): void => {
    const parts = text.split("\n");
    for (const [at, part] of parts.entries()) {
      take(part);
      if (at < parts.length - 1) end();
    }
  };
  stream.on("data", (bytes: Buffer) => read(decoder.write(bytes)));
  stream.once("close", () => {
    read(decoder.end());
    end();
  });
  stream.on("error", () => undefined);
}
