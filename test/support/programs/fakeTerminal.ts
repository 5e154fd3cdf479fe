import { Emitter } from "../../../src/base/events.ts";
import type { Terminal, TerminalEnd, TerminalPort } from "../../../src/core/terminalPort.ts";

/** A fake CLI in a terminal. Records what was typed. */
export class FakeTerminal implements Terminal {
  readonly branch = undefined;
  readonly output = new Emitter<string>();
  readonly onOutput = this.output.event;
  readonly ended = new Promise<never>(() => undefined);
  readonly typed: string[] = [];
  readonly disposed: Promise<void>;
  readonly #dispose: () => void;
  isPaused = false;
  isDisposed = false;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.disposed = promise;
    this.#dispose = resolve;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  async write(text: string): Promise<void> {
    this.typed.push(text);
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
    this.#dispose();
  }
}

/** Gives fakes, at once or when the test says so. */
export class FakeTerminals implements TerminalPort {
  readonly opened: FakeTerminal[] = [];
  /** While it is pending, every CLI is still starting. */
  started: Promise<void> = Promise.resolve();

  get first(): FakeTerminal {
    const [first] = this.opened;
    if (first === undefined) throw new Error("no terminal was opened");
    return first;
  }

  async open(): Promise<Terminal> {
    const terminal = new FakeTerminal();
    this.opened.push(terminal);
    await this.started;
    return terminal;
  }
}

/** A program that repeats what is typed, and ends when it reads `/quit`. */
export class EchoTerminal implements Terminal {
  readonly branch = "main";
  readonly #output = new Emitter<string>();
  readonly onOutput = this.#output.event;
  readonly #end = Promise.withResolvers<TerminalEnd>();
  readonly ended = this.#end.promise;

  pause(): void {}

  resume(): void {}

  async write(text: string): Promise<void> {
    if (text.includes("/quit")) this.#end.resolve({ code: 0, signal: null });
    else this.#output.fire(`you typed ${text}`);
  }

  async dispose(): Promise<void> {
    this.#end.resolve({ code: null, signal: "SIGTERM" });
  }
}
