import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { within } from "../../base/deadline.ts";
import type { Logger } from "../../base/logger.ts";
import type { AuditSink } from "../../core/access/audit.ts";
import type { Policy } from "../../core/commands/policy.ts";
import type { Terminal, TerminalPort } from "../../core/terminalPort.ts";
import type { BridgeError } from "../../protocol/errors.ts";
import { bridgeStopping } from "../../protocol/unavailable.ts";
import type { ClientEntry } from "../clientEntry.ts";
import type { ClientRegistry } from "../clients.ts";
import { CLOSE_HANDSHAKE_MS } from "../events/closeReason.ts";
import { toBridgeError } from "../http/errorHandler.ts";
import { guarded } from "../http/resource.ts";
import { callerOf } from "../guards/principals.ts";
import { type RefusalLog, refusedOf } from "../guards/refusalLog.ts";
import { refuse } from "../listen/rawAnswers.ts";
import { TerminalConnection } from "./terminalConnection.ts";
import { jsonDialect, rawDialect } from "./terminalDialect.ts";
import type { UpgradeRoute } from "../listen/upgradeHandler.ts";
import type { SocketEndpoint } from "../serverModule.ts";
import { createWebSocketServer } from "../events/webSocketServer.ts";
import type { Placement } from "../windows/placement.ts";
import { TERMINAL_SUBPROTOCOL } from "../../protocol/terminal.ts";
import { validate } from "../../protocol/validate.ts";
import { type PlaceQuery, placeQuerySchema } from "../../protocol/windows/place.ts";

export interface TerminalSocketDeps {
  readonly terminals: TerminalPort;
  readonly policy: Pick<Policy, "assertCommandAllowed">;
  readonly placement: Placement;
  readonly clients: Pick<ClientRegistry, "connect">;
  readonly logger: Logger;
  readonly refusals: RefusalLog;
  readonly audit: AuditSink;
}

/** Both must be allowed: input of a terminal is a prompt, and a terminal offers other commands of the CLI as well. */
const COMMANDS = ["kiro.cli.chat", "kiro.cli.terminal"];
/** The maximum size of a client message in bytes. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * The WebSocket endpoint `/terminal`: one Kiro CLI per connection, terminated with it
 * (docs/wire-contract.md#66-terminal).
 */
export class TerminalSocket implements SocketEndpoint {
  readonly paths = ["/terminal"];
  readonly #deps: TerminalSocketDeps;
  readonly #pingMs: number;
  readonly #server = createWebSocketServer({ maxPayload: MAX_MESSAGE_BYTES, handleProtocols: chooseProtocol });
  readonly #connections = new Set<TerminalConnection>();

  constructor(deps: TerminalSocketDeps, pingMs: number) {
    this.#deps = deps;
    this.#pingMs = pingMs;
  }

  /**
   * Takes over an upgrade that passed the guards. The client is registered before its CLI starts, so that it can be
   * disconnected at any time. If the CLI fails to start, the response is an HTTP error.
   * @throws BridgeError ACCESS_DENIED, RATE_LIMIT_EXCEEDED (too many connections)
   */
  readonly upgrade = guarded("terminal:open", (...[request, socket, head]: Parameters<UpgradeRoute>) => {
    const { placement } = this.#deps;
    // The usual case does not wait, so that an error is a response of the upgrade handler.
    if (placement.othersFor(request).length === 0 && !hasPlace(request)) this.#begin(request, socket, head);
    else void this.#place(request, socket, head).catch((error: unknown) => this.#refuse(error, request, socket));
  });

  /** Finds the window of a terminal, and opens it there. */
  async #place(...[request, socket, head]: Parameters<UpgradeRoute>): Promise<void> {
    const { placement } = this.#deps;
    const destination = await placement.destinationOf(request, placeOf(request));
    if (!socket.readable) socket.destroy();
    else if (destination.kind === "window") placement.forwardUpgrade(destination.window, { request, socket, head });
    else this.#begin(request, socket, head);
  }

  #begin(...[request, socket, head]: Parameters<UpgradeRoute>): void {
    this.#assertAllowed();
    let hangUp = (why: BridgeError): void => refuse(socket, why);
    const client = this.#deps.clients.connect("terminal", request, (why) => hangUp(why));
    socket.once("close", () => client.dispose());
    void this.#open(request, socket, head, client, (connection) => {
      hangUp = (why) => connection.close(why);
    });
  }

  /** Closes connections that the policy no longer allows. Call it after each change of the policy. */
  enforcePolicy(): void {
    try {
      this.#assertAllowed();
    } catch (error) {
      const denied = toBridgeError(error, this.#deps.logger);
      for (const connection of this.#connections) connection.close(denied);
    }
  }

  /** Closes all connections (1001), destroys those that do not respond, and terminates their processes. */
  async dispose(): Promise<void> {
    const reason = bridgeStopping();
    for (const connection of this.#connections) connection.close(reason);
    await within(Promise.all([...this.#connections].map(({ closed }) => closed)), CLOSE_HANDSHAKE_MS, undefined);
    await Promise.all([...this.#connections].map((connection) => connection.dispose()));
  }

  async #open(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    client: ClientEntry,
    onOpen: (connection: TerminalConnection) => void,
  ): Promise<void> {
    const { terminals, logger } = this.#deps;
    let terminal: Terminal | undefined;
    try {
      const started = await terminals.open();
      terminal = started;
      // The policy may have changed in the meantime.
      this.#assertAllowed();
      // Destroys the socket if the client has left or the upgrade is invalid; the CLI is then terminated below.
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        terminal = undefined;
        const dialect = webSocket.protocol === TERMINAL_SUBPROTOCOL ? jsonDialect : rawDialect;
        const connection = new TerminalConnection(
          { webSocket, terminal: started, dialect, client, logger },
          this.#pingMs,
        );
        this.#connections.add(connection);
        this.#deps.audit.note({ kind: "terminal-opened", by: callerOf(request, "terminal") });
        webSocket.once("close", () => void connection.dispose().finally(() => this.#connections.delete(connection)));
        onOpen(connection);
      });
    } catch (thrown) {
      this.#refuse(thrown, request, socket);
    }
    await terminal?.dispose();
  }

  #refuse(thrown: unknown, request: IncomingMessage, socket: Duplex): void {
    const { logger, refusals } = this.#deps;
    const error = toBridgeError(thrown, logger);
    refusals.note(error, refusedOf(request));
    refuse(socket, error);
  }

  #assertAllowed(): void {
    for (const command of COMMANDS) this.#deps.policy.assertCommandAllowed(command);
  }
}

/**
 * Selects the JSON format if it is offered, else the protocol name of the bridge: a browser that sends its token as a
 * subprotocol requires one in the response.
 */
function chooseProtocol(offered: ReadonlySet<string>): string | false {
  if (offered.has(TERMINAL_SUBPROTOCOL)) return TERMINAL_SUBPROTOCOL;
  return offered.has("kiro-bridge") ? "kiro-bridge" : false;
}

/** Reads `?windowId=&workspacePath=`; other parameters are ignored. @throws BridgeError VALIDATION_FAILED */
function placeOf({ url = "" }: IncomingMessage): PlaceQuery {
  const { searchParams } = new URL(url, "http://localhost");
  return validate(placeQuerySchema, Object.fromEntries(searchParams));
}

function hasPlace({ url = "" }: IncomingMessage): boolean {
  return url.includes("windowId=") || url.includes("workspacePath=");
}
