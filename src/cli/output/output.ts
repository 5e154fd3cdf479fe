import { once } from "node:events";
import { plainLine, plainText, safeJson } from "./plainText.ts";
import { ProgressLine } from "./progress.ts";
import { isColoured, type Style, styleOf } from "./style.ts";
import type { FailureReport } from "../exitCodes.ts";

export interface OutputOptions {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** True for `--no-color`. */
  readonly isColourless: boolean;
}

/**
 * Everything that a command prints. Results go to stdout; notes, progress and failures go to stderr, so that stdout can
 * be piped. Texts of the bridge are escaped here; a `Style` is applied by the caller after `plainText`.
 */
export class Output {
  readonly isJson: boolean;
  /** True if a person reads the results as they come. */
  readonly isInteractive: boolean;
  /** Colours of the results. */
  readonly style: Style;
  /** Colours of notes. */
  readonly noteStyle: Style;
  readonly #isQuiet: boolean;
  readonly #progress: ProgressLine | undefined;
  #isLineOpen = false;

  constructor({ isJson, isQuiet, isColourless }: OutputOptions) {
    const { stdout, stderr, env } = process;
    this.isJson = isJson;
    this.#isQuiet = isQuiet;
    this.isInteractive = stdout.isTTY && !isJson;
    this.style = styleOf(isColoured(stdout, { isOff: isColourless, env }));
    this.noteStyle = styleOf(isColoured(stderr, { isOff: isColourless, env }));
    if (stderr.isTTY && env["TERM"] !== "dumb" && !isJson && !isQuiet) this.#progress = new ProgressLine(stderr);
  }

  /** Writes a text as it is to stdout. It must be safe to print. */
  write(text: string): void {
    if (text === "") return;
    this.#progress?.erase();
    process.stdout.write(text);
    this.#isLineOpen = !text.endsWith("\n");
  }

  /** Applies backpressure: resolves when the reader of stdout has caught up, or the signal aborts. */
  async caughtUp(signal: AbortSignal): Promise<void> {
    if (process.stdout.writableNeedDrain) await once(process.stdout, "drain", { signal }).catch(() => undefined);
  }

  /** Writes a text of the bridge, and ends its line. */
  text(text: string): void {
    this.write(plainText(text));
    this.endLine();
  }

  /** Begins a new line unless stdout is at the start of one. */
  endLine(): void {
    if (this.#isLineOpen) this.write("\n");
  }

  /** Writes the one document of `--json`. */
  document(value: unknown): void {
    this.write(`${safeJson(value, 2)}\n`);
  }

  /** Writes one line of a stream of `--json`. */
  jsonLine(value: unknown): void {
    this.write(`${safeJson(value)}\n`);
  }

  /** Writes a line to stderr, unless `--quiet` or `--json`. It must be safe to print. */
  note(line: string): void {
    if (!this.#isQuiet) this.error(line);
  }

  /** Writes a line to stderr, also with `--quiet`. It must be safe to print. */
  error(line: string): void {
    if (this.isJson) return;
    this.#beginNote();
    process.stderr.write(`${line}\n`);
  }

  /** Shows what is awaited, on a terminal only. */
  progress(text: string): void {
    // On the same terminal, it would erase the beginning of an unfinished line.
    if (!this.#isLineOpen) this.#progress?.show(plainLine(text));
  }

  endProgress(): void {
    this.#progress?.dispose();
  }

  /** Reports why a command has failed; with `--json` as a document on stdout. */
  failure({ exitCode, ...report }: FailureReport): void {
    this.endProgress();
    if (this.isJson) {
      this.jsonLine({ error: { ...report, exitCode } });
      return;
    }
    const { red, dim } = this.noteStyle;
    this.error(`${red("error:")} ${plainText(report.message)}`);
    if (report.hint !== undefined) this.error(dim(plainText(report.hint)));
  }

  /** Resolves when everything was handed to the system. */
  async flush(): Promise<void> {
    this.endProgress();
    await Promise.all([process.stdout, process.stderr].map(flushed));
  }

  /** Notes are written to the same terminal as results, but not into their lines. */
  #beginNote(): void {
    this.#progress?.erase();
    if (process.stdout.isTTY && process.stderr.isTTY) this.endLine();
  }
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

/** Ends the program quietly when the reader of a pipe has left, as in `kiro-bridge watch | head`. */
export function endOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      process.exit(error.code === "EPIPE" ? 0 : 1);
    });
  }
}

/** Lets a program go on whose terminal was closed, or whose log nobody reads any more. */
export function goOnWithClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners("error");
    stream.on("error", () => undefined);
  }
}
