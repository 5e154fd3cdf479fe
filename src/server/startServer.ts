import { DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import type { TerminalPort } from "../core/terminalPort.ts";
import { BridgeError } from "../protocol/errors.ts";
import { type AppLimits, type AppDeps, type CoreDeps, createApp, type KiroDeps } from "./http/app.ts";
import type { ClientRegistry } from "./clients.ts";
import { EventSockets } from "./events/eventSockets.ts";
import { type AccessOptions, type GuardOptions, Guards } from "./guards/guards.ts";
import type { HttpHandlers } from "./listen/httpListener.ts";
import { listen, type Listening, type ListenOptions } from "./listen/listen.ts";
import { createBudgets } from "./limits/budgets.ts";
import { RequestLimit } from "./limits/rateLimit.ts";
import { authorityOf } from "./listen/portProbe.ts";
import { RefusalLog } from "./guards/refusalLog.ts";
import { Readiness } from "./listen/readiness.ts";
import { checkOwnGuards } from "./listen/selfCheck.ts";
import { TERMINAL_PATH, TerminalSocket } from "./terminal/terminalSocket.ts";
import { createUpgradeHandler } from "./listen/upgradeHandler.ts";

/** The WebSocket for events, and its alias (docs/wire-contract.md#53-websocket). */
const EVENT_PATHS = ["/ws", "/api/kiro/events"];
const PING_MS = 30_000;

export interface ServerOptions {
  readonly core: CoreDeps;
  readonly kiro: KiroDeps;
  /** What is behind the WebSocket `/terminal`. */
  readonly terminals: TerminalPort;
  readonly guards: GuardOptions;
  readonly limits: AppLimits;
  readonly listen: ListenOptions;
  /** See `AppDeps.docsFolder`. */
  readonly docsFolder: string;
  readonly logger: Logger;
  readonly clients: ClientRegistry;
  /** Of the extension. */
  readonly version: string;
  /** Time between two pings of a WebSocket, in milliseconds. */
  readonly pingMs?: number;
}

/** A server that has proved to itself that it refuses strangers. */
export interface RunningServer extends Omit<Listening, "close"> {
  /** The address to call, without a slash at the end. */
  readonly url: string;
  rotateToken(token: string): void;
  /** Binds every request from now on, and ends the connections that would not be let in any more. */
  reconfigure(access: AccessOptions & Pick<AppLimits, "maxRequestsPerMinute">): void;
  /** Ends the connections that the policy does not allow any more. To be called when it has changed. */
  enforcePolicy(): void;
  /**
   * From now on `/health` says unhealthy, new requests get 503, and each connection ends behind the answer due on it.
   * Then end the work that runs, then `dispose`.
   */
  announceStop(): void;
  /** Ends the server: nothing listens when it resolves, which takes 2 s at most. */
  dispose(): Promise<void>;
}

/**
 * Builds the application, listens, and opens the door when the self-check has passed.
 * @throws BridgeError CONFIGURATION_ERROR; then nothing listens.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const store = new DisposableStore();
  const guards = new Guards(options.guards);
  const readiness = new Readiness();
  const handlers = createHandlers(options, guards, readiness);
  try {
    const listening = await listen(handlers, options.listen);
    store.defer(async () => {
      const closed = listening.close();
      await Promise.all([handlers.sockets.dispose(), handlers.terminals.dispose()]);
      options.clients.disconnectAll(new BridgeError("KIRO_UNAVAILABLE", "The bridge is stopping."));
      await closed;
    });
    store.defer(() => readiness.stop());
    guards.listensAt(listening.host, listening.port);
    readiness.listensAt(listening.host, listening.port);
    await checkOwnGuards({ ...listening, authMode: options.guards.authMode });
    readiness.open();
    return running(listening, guards, readiness, store, { ...handlers, clients: options.clients });
  } catch (error) {
    await store.dispose();
    await handlers.sockets.dispose();
    throw error;
  }
}

interface ServerModule extends HttpHandlers {
  readonly sockets: EventSockets;
  readonly terminals: TerminalSocket;
  readonly requestLimit: RequestLimit | undefined;
}

function createHandlers(options: ServerOptions, guards: Guards, readiness: Readiness): ServerModule {
  const { core, clients, limits, logger, pingMs = PING_MS } = options;
  const { maxRequestsPerMinute: perMinute } = limits;
  const requestLimit = perMinute > 0 ? new RequestLimit(perMinute, guards) : undefined;
  const budgets = createBudgets();
  const refusals = new RefusalLog(logger, () => readiness.isOpen);
  const sockets = createSockets(options, { requestLimit, budgets, refusals });
  const terminalDeps = { terminals: options.terminals, policy: core.policy, clients, logger, refusals };
  const terminals = new TerminalSocket(terminalDeps, pingMs);
  const routes = new Map([
    ...EVENT_PATHS.map((path) => [path, sockets.upgrade] as const),
    [TERMINAL_PATH, terminals.upgrade],
  ]);
  return {
    sockets,
    terminals,
    requestLimit,
    ...createApp({ ...options, guards, readiness, requestLimit, budgets, refusals }),
    upgrade: createUpgradeHandler({ guards, readiness, requestLimit, logger, refusals, routes }),
  };
}

function createSockets(
  options: ServerOptions,
  { requestLimit, budgets, refusals }: Pick<AppDeps, "requestLimit" | "budgets" | "refusals">,
): EventSockets {
  const { core, clients, version, limits, logger, pingMs = PING_MS } = options;
  return new EventSockets({
    core: { ...core, refusals, ...(requestLimit !== undefined && { admit: () => requestLimit.admit() }) },
    clients,
    budgets,
    version,
    logger,
    limits: { maxMessageBytes: limits.maxBodyBytes, pingMs },
  });
}

function running(
  listening: Listening,
  guards: Guards,
  readiness: Readiness,
  store: DisposableStore,
  {
    clients,
    terminals,
    requestLimit,
  }: Pick<ServerModule, "terminals" | "requestLimit"> & Pick<ServerOptions, "clients">,
): RunningServer {
  const { host, port } = listening;
  return {
    ...listening,
    url: `http://${authorityOf(host, port)}`,
    rotateToken: (token) => {
      const replaced = new BridgeError("AUTHENTICATION_FAILED", "The token was replaced. Reconnect with the new one.");
      if (guards.rotateToken(token)) clients.disconnectAll(replaced);
    },
    reconfigure: ({ maxRequestsPerMinute, ...access }) => {
      guards.reconfigure(access);
      requestLimit?.reconfigure(maxRequestsPerMinute);
      clients.disconnectRefused((request) => guards.assertStill(request));
    },
    enforcePolicy: () => terminals.enforcePolicy(),
    announceStop: () => {
      readiness.stop();
      listening.announceStop();
    },
    dispose: () => store.dispose(),
  };
}
