import { DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import { BridgeError } from "../protocol/errors.ts";
import { bridgeStopping } from "../protocol/unavailable.ts";
import type { ClientRegistry } from "./clients.ts";
import { createApp } from "./http/app.ts";
import { type AccessOptions, type GuardOptions, Guards } from "./guards/guards.ts";
import type { HttpHandlers } from "./listen/httpListener.ts";
import { listen, type Listening, type ListenOptions } from "./listen/listen.ts";
import { createBudgets } from "./limits/budgets.ts";
import { RequestLimit } from "./limits/rateLimit.ts";
import { authorityOf } from "./listen/portProbe.ts";
import { RefusalLog } from "./guards/refusalLog.ts";
import { Readiness } from "./listen/readiness.ts";
import { checkOwnGuards } from "./listen/selfCheck.ts";
import { createUpgradeHandler } from "./listen/upgradeHandler.ts";
import type { AppLimits, CoreDeps, ServerModule, SocketEndpoint } from "./serverModule.ts";

const PING_MS = 30_000;

export interface ServerOptions {
  readonly core: CoreDeps;
  /** Their routes are mounted in this order. */
  readonly modules: readonly ServerModule[];
  readonly guards: GuardOptions;
  readonly limits: AppLimits;
  readonly listen: ListenOptions;
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
  const closeSockets = async (): Promise<void> => {
    await Promise.all(handlers.sockets.map((socket) => socket.dispose()));
  };
  try {
    const listening = await listen(handlers, options.listen);
    store.defer(async () => {
      const closed = listening.close();
      await closeSockets();
      options.clients.disconnectAll(bridgeStopping());
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
    await closeSockets();
    throw error;
  }
}

interface Handlers extends HttpHandlers {
  readonly sockets: readonly SocketEndpoint[];
  readonly requestLimit: RequestLimit | undefined;
}

function createHandlers(options: ServerOptions, guards: Guards, readiness: Readiness): Handlers {
  const { modules, limits, logger } = options;
  const { maxRequestsPerMinute: perMinute } = limits;
  const requestLimit = perMinute > 0 ? new RequestLimit(perMinute, guards) : undefined;
  const refusals = new RefusalLog(logger, () => readiness.isOpen);
  const shared = { guards, readiness, requestLimit, budgets: createBudgets(), refusals };
  const context = { pingMs: PING_MS, ...options, ...shared };
  const sockets = modules.flatMap((module) => module.sockets?.(context) ?? []);
  const routes = new Map(sockets.flatMap(({ paths, upgrade }) => paths.map((path) => [path, upgrade])));
  return {
    sockets,
    requestLimit,
    ...createApp(context),
    upgrade: createUpgradeHandler({ guards, readiness, requestLimit, logger, refusals, routes }),
  };
}

function running(
  listening: Listening,
  guards: Guards,
  readiness: Readiness,
  store: DisposableStore,
  { clients, sockets, requestLimit }: Pick<Handlers, "sockets" | "requestLimit"> & Pick<ServerOptions, "clients">,
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
    enforcePolicy: () => {
      for (const socket of sockets) socket.enforcePolicy?.();
    },
    announceStop: () => {
      readiness.stop();
      listening.announceStop();
    },
    dispose: () => store.dispose(),
  };
}
