import { DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import type { Authenticator } from "../core/access/authenticator.ts";
import { owner, principalRef } from "../core/access/principal.ts";
import { BridgeError } from "../protocol/errors.ts";
import { bridgeStopping } from "../protocol/unavailable.ts";
import type { ClientRegistry } from "./clients.ts";
import { createApp } from "./http/app.ts";
import { type AccessOptions, type GuardOptions, Guards } from "./guards/guards.ts";
import type { HttpHandlers } from "./listen/httpListener.ts";
import { listen, type Listening, type ListenOptions } from "./listen/listen.ts";
import { createBudgets } from "./limits/budgets.ts";
import { RequestLimits } from "./limits/requestLimits.ts";
import { authorityOf } from "./listen/portProbe.ts";
import { RefusalLog } from "./guards/refusalLog.ts";
import { Readiness } from "./listen/readiness.ts";
import { checkOwnGuards } from "./listen/selfCheck.ts";
import { createUpgradeHandler } from "./listen/upgradeHandler.ts";
import { noOtherWindows, type Windows } from "./windows/windows.ts";
import type { AppLimits, CoreDeps, ServerModule, SocketEndpoint } from "./serverModule.ts";

const PING_MS = 30_000;

export interface ServerOptions {
  readonly core: CoreDeps;
  /** In the order in which routes are mounted. */
  readonly modules: readonly ServerModule[];
  readonly guards: GuardOptions;
  /** Finds the principals of tokens other than the owner's. Default: knows none. */
  readonly authenticator?: Authenticator;
  readonly limits: AppLimits;
  readonly listen: ListenOptions;
  readonly logger: Logger;
  readonly clients: ClientRegistry;
  /** Default: there are no others. */
  readonly windows?: Windows;
  /** Version of the extension. */
  readonly version: string;
  /** Heartbeat interval of a WebSocket, in milliseconds. */
  readonly pingMs?: number;
}

/** A server that has verified its own guards. */
export interface RunningServer extends Omit<Listening, "close"> {
  /** The base URL, without a trailing slash. */
  readonly url: string;
  rotateToken(token: string): void;
  /** Applies access settings to all later requests, and disconnects clients that would no longer be admitted. */
  reconfigure(access: AccessOptions & Pick<AppLimits, "maxRequestsPerMinute">): void;
  /** Disconnects clients that the policy no longer allows. Call it after each change of the policy. */
  enforcePolicy(): void;
  /**
   * Announces the shutdown: `/health` reports unhealthy, new requests get 503, and each connection ends after its
   * pending response. Afterwards stop running executions, then `dispose`.
   */
  announceStop(): void;
  /** Closes the server. Resolves within 2 s, when nothing is listening. */
  dispose(): Promise<void>;
}

/**
 * Builds the application, listens, and opens the server when the self-check has passed.
 * @throws BridgeError CONFIGURATION_ERROR, when nothing is listening
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const store = new DisposableStore();
  const guards = new Guards(options.guards, options.authenticator);
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
    const ending = options.authenticator?.onDidEnd?.(() => options.clients.disconnectEnded());
    if (ending !== undefined) store.add(ending);
    guards.listensAt(listening.host, listening.port);
    readiness.listensAt(listening.host, listening.port);
    await checkOwnGuards({ ...listening, authMode: options.guards.authMode });
    readiness.open();
    return running(listening, guards, readiness, store, {
      ...handlers,
      clients: options.clients,
      audit: options.core.audit,
    });
  } catch (error) {
    await store.dispose();
    await closeSockets();
    throw error;
  }
}

interface Handlers extends HttpHandlers {
  readonly sockets: readonly SocketEndpoint[];
  readonly requestLimits: RequestLimits;
}

function createHandlers(options: ServerOptions, guards: Guards, readiness: Readiness): Handlers {
  const { modules, limits, logger } = options;
  const requestLimits = new RequestLimits(limits.maxRequestsPerMinute, guards);
  const refusals = new RefusalLog(logger, () => readiness.isOpen, options.core.audit);
  const shared = { guards, readiness, requestLimits, budgets: createBudgets(), refusals };
  const context = { pingMs: PING_MS, windows: noOtherWindows, ...options, ...shared };
  const sockets = modules.flatMap((module) => module.sockets?.(context) ?? []);
  const routes = new Map(sockets.flatMap(({ paths, upgrade }) => paths.map((path) => [path, upgrade])));
  return {
    sockets,
    requestLimits,
    ...createApp(context),
    upgrade: createUpgradeHandler({ guards, readiness, requestLimits, logger, refusals, routes }),
  };
}

interface RunningParts
  extends Pick<Handlers, "sockets" | "requestLimits">,
    Pick<ServerOptions, "clients">,
    Pick<CoreDeps, "audit"> {}

function running(
  listening: Listening,
  guards: Guards,
  readiness: Readiness,
  store: DisposableStore,
  { clients, sockets, requestLimits, audit }: RunningParts,
): RunningServer {
  const { host, port } = listening;
  return {
    ...listening,
    url: `http://${authorityOf(host, port)}`,
    rotateToken: (token) => {
      const replaced = new BridgeError("AUTHENTICATION_FAILED", "The token was replaced. Reconnect with the new one.");
      if (!guards.rotateToken(token)) return;
      audit.note({ kind: "token-rotated", client: principalRef(owner) });
      clients.disconnectPrincipal(owner.id, replaced);
    },
    reconfigure: ({ maxRequestsPerMinute, ...access }) => {
      guards.reconfigure(access);
      requestLimits.reconfigure(maxRequestsPerMinute);
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
