import type { Disposable } from "../../../base/disposables.ts";
import type { KiroProcess } from "../process/kiroProcess.ts";
import { TextStream } from "../text/textStream.ts";
import { type ReaderEvent, TurnReader, type TurnReaderOptions } from "./turnReader.ts";

/** What the owner of a turn hears. Nobody else hears it, and nothing is heard between turns. */
export interface TurnListener {
  /** A sign of life on either stream. */
  heard(): void;
  event(event: ReaderEvent): void;
}

/** The text process and its reader: lines go in, events come out, and the reader gets its clock. */
export class Dialogue implements Disposable {
  readonly #process: KiroProcess;
  readonly #reader: TurnReader;
  readonly #streams: readonly TextStream[];
  #listener: TurnListener | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param process has said its banner (`untilReady`), in this tick */
  constructor(process: KiroProcess, options: TurnReaderOptions) {
    this.#process = process;
    this.#reader = new TurnReader(options);
    this.#streams = [
      new TextStream(process.stdout, { keepsMarkers: true }, (text) =>
        this.#tell(this.#reader.stdout(text, performance.now())),
      ),
      new TextStream(process.stderr, {}, (text) => {
        this.#reader.stderr(text, performance.now());
        this.#tell([]);
      }),
    ];
  }

  /** Something was said outside of any turn: nobody knows whose it was. */
  get hasStrayText(): boolean {
    return this.#reader.hasStrayText;
  }

  /** The end of the turn has been told, and only the silence after it is still waited for. */
  get isDraining(): boolean {
    return this.#reader.state === "draining";
  }

  /** Sends a prompt; its turn is the listener's. @throws BridgeError KIRO_UNAVAILABLE */
  async begin(line: string, listener: TurnListener): Promise<void> {
    this.#listener = listener;
    this.#reader.begin(performance.now());
    await this.#process.write(`${line}\n`);
  }

  /** Answers the open question. @throws BridgeError KIRO_UNAVAILABLE */
  async answer(key: string): Promise<void> {
    this.#reader.answered(performance.now());
    await this.#process.write(`${key}\n`);
  }

  /** @returns false when there is no way to interrupt. */
  interrupt(): boolean {
    this.#reader.interrupted(performance.now());
    return this.#process.interrupt();
  }

  /** The process has ended: gives what the streams held back. */
  finish(): void {
    for (const stream of this.#streams) stream.finish();
  }

  /** The turn is over for its listener, who gets the text that was held back. */
  leave(): void {
    for (const event of this.#reader.giveUp()) this.#listener?.event(event);
    this.#listener = undefined;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const stream of this.#streams) stream.dispose();
  }

  #tell(events: readonly ReaderEvent[]): void {
    this.#listener?.heard();
    for (const event of events) this.#listener?.event(event);
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const { dueAt } = this.#reader;
    if (dueAt === undefined) return;
    const waitMs = Math.max(1, Math.ceil(dueAt - performance.now()));
    this.#timer = setTimeout(() => this.#tick(), waitMs).unref();
  }

  /** Time alone is no sign of life. */
  #tick(): void {
    for (const event of this.#reader.tick(performance.now())) this.#listener?.event(event);
    this.#arm();
  }
}
