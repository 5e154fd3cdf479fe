import type { Disposable } from "../../../base/disposables.ts";
import type { KiroProcess } from "../process/kiroProcess.ts";
import { TextStream } from "../text/textStream.ts";
import { type ReaderEvent, TurnReader, type TurnReaderOptions } from "./turnReader.ts";

/** Receives the events of one turn, and none between turns. */
export interface TurnListener {
  /** Called for each sign of life on either stream. */
  activity(): void;
  event(event: ReaderEvent): void;
}

/** Connects the text process to its `TurnReader`: writes lines, emits events, and drives the clock of the reader. */
export class Dialogue implements Disposable {
  readonly #process: KiroProcess;
  readonly #reader: TurnReader;
  readonly #streams: readonly TextStream[];
  #listener: TurnListener | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param process a process that is ready (`untilReady`), in the same tick */
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

  /** True if text arrived outside of any turn. */
  get hasStrayText(): boolean {
    return this.#reader.hasStrayText;
  }

  /** True if the turn has ended and only the silence after it is awaited. */
  get isDraining(): boolean {
    return this.#reader.state === "draining";
  }

  /** Sends a prompt and starts a turn. @throws BridgeError KIRO_UNAVAILABLE */
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

  /** @returns false if the process cannot be interrupted */
  interrupt(): boolean {
    this.#reader.interrupted(performance.now());
    return this.#process.interrupt();
  }

  /** Flushes the streams after the exit of the process. */
  finish(): void {
    for (const stream of this.#streams) stream.finish();
  }

  /** Ends the turn for its listener, which receives the text held back. */
  leave(): void {
    for (const event of this.#reader.giveUp()) this.#listener?.event(event);
    this.#listener = undefined;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const stream of this.#streams) stream.dispose();
  }

  #tell(events: readonly ReaderEvent[]): void {
    this.#listener?.activity();
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

  /** Runs the timer of the reader. Passing time is not a sign of life. */
  #tick(): void {
    for (const event of this.#reader.tick(performance.now())) this.#listener?.event(event);
    this.#arm();
  }
}
