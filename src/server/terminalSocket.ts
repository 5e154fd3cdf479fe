import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import type { Terminal, TerminalEnd, TerminalPort } from "../core/terminalPort.ts";
import { messageOf } from "../protocol/errors.ts";
import { closeReason } from "./closeReason.ts";
import { toBridgeError } from "./errorDoor.ts";
import { refuse } from "./rawAnswers.ts";
import { jsonDialect, JSON_SUBPROTOCOL, rawDialect, type TerminalDialect } from "./terminalDialect.ts";
import type { UpgradeRoute } from "./upgradeDoor.ts";

export const TERMINAL_PATH = "/terminal";

export interface TerminalSocketOptions {
  readonly terminals: TerminalPort;
  /** Asks the policy. @throws BridgeError ACCESS_DENIED */
  readonly assertAllowed: () => void;
  readonly logger: Logger;
  /** How often a silent connection is asked whether it is still there, in milliseconds. */
  readonly heartbeatMs?: number;
}

/** What may wait for a slow reader; then the CLI waits. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** The longest message of a client, in bytes. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const DEFAULT_HEARTBEAT_MS = 30_000;
const closeCodes = { normal: 1000, unsupported: 1003, internal: 1011 } as const;

/** The WebSocket `/terminal`: one Kiro CLI for each connection, which ends with it (wire contract §6). */
export class TerminalSocket {
  readonly #options: TerminalSocketOptions;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: chooseProtocol,
  });
  readonly #connections = new Set<Connection>();

  constructor(options: TerminalSocketOptions) {
    this.#options = options;
  }

  /** For the upgrade door, whose guards have looked at the request. The CLI is started first: its failure is an HTTP error. */
  readonly route: UpgradeRoute = (request, socket, head) => {
    void this.#open(request, socket, head);
  };

  /** Hangs up on everybody and ends all of their processes. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.dispose()));
  }

  async #open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { terminals, assertAllowed, logger } = this.#options;
    try {
      assertAllowed();
      const terminal = await terminals.open();
      let isConnected = false;
      this.#sockets.handleUpgrade(request, socket, head, (client) => {
        isConnected = true;
        this.#connect(client, terminal);
      });
      // The client has gone meanwhile, or its handshake was none: ws has told it.
      if (!isConnected) await terminal.dispose();
    } catch (error) {
      refuse(socket, toBridgeError(error, logger));
    }
  }

  #connect(client: WebSocket, terminal: Terminal): void {
    const dialect = client.protocol === JSON_SUBPROTOCOL ? jsonDialect : rawDialect;
    const connection = new Connection(client, terminal, dialect, this.#options);
    this.#connections.add(connection);
    client.once("close", () => {
      void connection.dispose().finally(() => this.#connections.delete(connection));
    });
  }
}

/** One client in front of one terminal. Slow on either side, the other waits. */
class Connection {
  readonly #client: WebSocket;
  readonly #terminal: Terminal;
  readonly #dialect: TerminalDialect;
  readonly #logger: Logger;
  readonly #store = new DisposableStore();
  #isAnswering = true;

  constructor(client: WebSocket, terminal: Terminal, dialect: TerminalDialect, options: TerminalSocketOptions) {
    this.#client = client;
    this.#terminal = terminal;
    this.#dialect = dialect;
    this.#logger = options.logger;
    this.#store.defer(() => terminal.dispose());
    this.#store.add(terminal.onOutput((text) => this.#send(dialect.output(text))));
    client.on("message", (data, isBinary) => void this.#take(textOf(data), isBinary));
    client.on("error", (error) => this.#logger.debug("A terminal's client failed", { error: messageOf(error) }));
    client.on("pong", () => {
      this.#isAnswering = true;
    });
    this.#beat(options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS);
    const greeting = dialect.greeting(terminal);
    if (greeting !== undefined) this.#send(greeting);
    void terminal.ended.then((end) => this.#sayGoodbye(end));
  }

  /** Hangs up; resolves when the process is gone. */
  async dispose(): Promise<void> {
    this.#client.terminate();
    await this.#store.dispose();
  }

  /** Reads no further message before the CLI has taken this one. */
  async #take(message: string, isBinary: boolean): Promise<void> {
    const text = isBinary ? undefined : this.#dialect.input(message);
    if (isBinary) this.#client.close(closeCodes.unsupported, "text frames only");
    if (text === undefined) return;
    this.#client.pause();
    try {
      await this.#terminal.write(text);
    } catch (error) {
      this.#client.close(closeCodes.internal, closeReason(messageOf(error)));
    } finally {
      this.#client.resume();
    }
  }

  #send(text: string): void {
    if (this.#client.readyState !== this.#client.OPEN) return;
    this.#client.send(text, () => {
      if (this.#client.bufferedAmount <= MAX_WAITING_BYTES / 2) this.#terminal.resume();
    });
    if (this.#client.bufferedAmount > MAX_WAITING_BYTES) this.#terminal.pause();
  }

  #sayGoodbye(end: TerminalEnd): void {
    const farewell = this.#dialect.farewell(end);
    if (farewell !== undefined) this.#send(farewell);
    this.#client.close(closeCodes.normal, `Kiro CLI ended: ${end.signal ?? `exit code ${end.code ?? "unknown"}`}`);
  }

  /** A connection whose other end has vanished without a word would keep its process for ever. */
  #beat(heartbeatMs: number): void {
    const timer = setInterval(() => {
      if (!this.#isAnswering) {
        this.#client.terminate();
        return;
      }
      this.#isAnswering = false;
      this.#client.ping();
    }, heartbeatMs);
    timer.unref();
    this.#store.defer(() => clearInterval(timer));
  }
}

/** The JSON dialect when it is offered; else the bridge's own name, which a browser needs to hear when it sent its token so. */
function chooseProtocol(offered: ReadonlySet<string>): string | false {
  if (offered.has(JSON_SUBPROTOCOL)) return JSON_SUBPROTOCOL;
  return offered.has("kiro-bridge") ? "kiro-bridge" : false;
}

/** `ws` gives each whole message as one Buffer unless it is told otherwise. */
function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : "";
}
