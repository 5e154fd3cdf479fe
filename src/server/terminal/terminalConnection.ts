import type { RawData, WebSocket } from "ws";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import type { Terminal, TerminalEnd } from "../../core/terminalPort.ts";
import { type BridgeError, messageOf } from "../../protocol/errors.ts";
import type { ClientEntry } from "../clients.ts";
import { closeReason } from "../events/closeReason.ts";
import { MAX_WAITING_BYTES } from "../limits/slowReaders.ts";
import type { TerminalDialect } from "./terminalDialect.ts";

const closeCodes = { normal: 1000, unsupported: 1003, internal: 1011 } as const;

export interface TerminalConnectionDeps {
  readonly webSocket: WebSocket;
  readonly terminal: Terminal;
  readonly dialect: TerminalDialect;
  readonly client: Pick<ClientEntry, "seen">;
  readonly logger: Logger;
}

/** One client in front of one terminal. Slow on either side, the other waits. */
export class TerminalConnection implements Disposable {
  readonly #deps: TerminalConnectionDeps;
  readonly #store = new DisposableStore();
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>;
  #isAnswering = true;
  #ending: Promise<void> | undefined;

  /** @param pingMs how often a silent connection is asked whether it is still there, in milliseconds */
  constructor(deps: TerminalConnectionDeps, pingMs: number) {
    this.#deps = deps;
    const { webSocket, terminal, dialect, logger } = deps;
    this.#store.defer(() => terminal.dispose());
    this.#store.add(terminal.onOutput((text) => this.#send(dialect.output(text))));
    webSocket.on("message", (data, isBinary) => void this.#take(textOf(data), isBinary));
    webSocket.on("error", (error) => logger.debug("The client of a terminal failed", { error: messageOf(error) }));
    webSocket.on("pong", () => this.#notice());
    webSocket.on("ping", (data) => this.#pong(data));
    this.closed = new Promise((resolve) => webSocket.once("close", () => resolve()));
    this.#beat(pingMs);
    const greeting = dialect.greeting(terminal);
    if (greeting !== undefined) this.#send(greeting);
    void terminal.ended.then((end) => this.#sayGoodbye(end));
  }

  /** Ends the CLI, and the connection with the code and the words of an error. */
  close(why: BridgeError): void {
    this.#deps.webSocket.close(why.closeCode, closeReason(why.message));
    // At once: a client that does not answer the goodbye could go on typing for as long as `ws` waits for it.
    void this.#end();
  }

  /** Hangs up; resolves when the process is gone. */
  async dispose(): Promise<void> {
    this.#deps.webSocket.terminate();
    await this.#end();
  }

  #end(): Promise<void> {
    this.#ending ??= this.#store.dispose();
    return this.#ending;
  }

  /** Reads no further message before the CLI has taken this one. */
  async #take(message: string, isBinary: boolean): Promise<void> {
    const { webSocket, terminal, dialect } = this.#deps;
    this.#notice();
    if (webSocket.readyState !== webSocket.OPEN) return;
    const text = isBinary ? undefined : dialect.input(message);
    if (isBinary) webSocket.close(closeCodes.unsupported, "text frames only");
    if (text === undefined) return;
    webSocket.pause();
    try {
      await terminal.write(text);
    } catch (error) {
      webSocket.close(closeCodes.internal, closeReason(messageOf(error)));
    } finally {
      webSocket.resume();
    }
  }

  #send(text: string): void {
    const { webSocket, terminal } = this.#deps;
    if (webSocket.readyState !== webSocket.OPEN) return;
    webSocket.send(text, () => {
      if (webSocket.bufferedAmount <= MAX_WAITING_BYTES / 2) terminal.resume();
    });
    if (webSocket.bufferedAmount > MAX_WAITING_BYTES) terminal.pause();
  }

  #sayGoodbye(end: TerminalEnd): void {
    const { webSocket, dialect } = this.#deps;
    const farewell = dialect.farewell(end);
    if (farewell !== undefined) this.#send(farewell);
    webSocket.close(closeCodes.normal, `Kiro CLI ended: ${end.signal ?? `exit code ${end.code ?? "unknown"}`}`);
  }

  #notice(): void {
    this.#isAnswering = true;
    this.#deps.client.seen();
  }

  /** What is not read is not added to, by answers to pings either. */
  #pong(data: Buffer): void {
    const { webSocket } = this.#deps;
    this.#notice();
    if (webSocket.bufferedAmount <= MAX_WAITING_BYTES) webSocket.pong(data);
  }

  /** A connection whose other end has vanished without a word would keep its process for ever. */
  #beat(pingMs: number): void {
    const { webSocket } = this.#deps;
    const timer = setInterval(() => {
      if (!this.#isAnswering) {
        webSocket.terminate();
        return;
      }
      this.#isAnswering = false;
      webSocket.ping();
    }, pingMs);
    timer.unref();
    this.#store.defer(() => clearInterval(timer));
  }
}

/** `ws` gives each whole message as one Buffer unless it is told otherwise. */
function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : "";
}
