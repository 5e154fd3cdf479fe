import type { RawData, WebSocket } from "ws";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import type { Terminal, TerminalEnd } from "../../core/terminalPort.ts";
import { type BridgeError, messageOf } from "../../protocol/errors.ts";
import type { ClientEntry } from "../clientEntry.ts";
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

/** The connection of one client to one terminal, with backpressure in both directions. */
export class TerminalConnection implements Disposable {
  readonly #deps: TerminalConnectionDeps;
  readonly #store = new DisposableStore();
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  #isAnswering = true;
  #ending: Promise<void> | undefined;

  /** @param pingMs heartbeat interval in milliseconds */
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

  /** Terminates the CLI and closes the connection with the code and message of an error. */
  close(why: BridgeError): void {
    this.#deps.webSocket.close(why.closeCode, closeReason(why.message));
    // Does not wait for the close frame: a client that never sends it could go on typing until the timeout of `ws`.
    void this.#end();
  }

  /** Closes the connection. Resolves when the process has exited. */
  async dispose(): Promise<void> {
    this.#deps.webSocket.terminate();
    await this.#end();
  }

  #end(): Promise<void> {
    this.#ending ??= this.#store.dispose();
    return this.#ending;
  }

  /** Pauses reading until the CLI has accepted the message. */
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

  /** Answers a ping, unless the client does not read. */
  #pong(data: Buffer): void {
    const { webSocket } = this.#deps;
    this.#notice();
    if (webSocket.bufferedAmount <= MAX_WAITING_BYTES) webSocket.pong(data);
  }

  /** Starts the heartbeat: if a client vanishes without closing the connection, its process would run forever. */
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

/** Decodes a message, which `ws` delivers as one Buffer by default. */
function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : "";
}
