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
import { Listeners } from "./listen/listeners.ts";
import { listen, type Listening, type ListenOptions } from "./listen/listen.ts";
import { type Ownership, soleOwner } from "./listen/ownership.ts";
import { createBudgets } from "./limits/budgets.ts";
import { RequestLimits } from "./limits/requestLimits.ts";
import { authorityOf } from "./listen/portProbe.ts";
import { RefusalLog } from "./guards/refusalLog.ts";
import { Readiness } from "./listen/readiness.ts";
import { createUpgradeHandler } from "./listen/upgradeHandler.ts";
import { Placement } from "./windows/placement.ts";
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
  /** Default: no other window can have the address. */
  readonly ownership?: Ownership;
  /** Version of the extension. */
  readonly version: string;
  /** Heartbeat interval of a WebSocket, in milliseconds. */
  readonly pingMs?: number;
}

/** A server that accepts connections of links, and those of the ports that it is bound to. */
export interface BridgeServer extends Pick<Listeners, "bind" | "accept"> {
  /** Handles requests from now on. */
  open(): void;
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

/** A server with a port of its own. */
export interface RunningServer extends BridgeServer, Pick<Listening, "port" | "host" | "addresses" | "conflict"> {
  /** The base URL, without a trailing slash. */
  readonly url: string;
}

/**
 * Builds the application, listens, and opens the server when the self-check has passed.
 * @throws BridgeError CONFIGURATION_ERROR, when nothing is listening
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = createServer(options);
  try {
    const { port, host, addresses, conflict } = await listen((wanted) => server.bind(wanted), options.listen);
    server.open();
    const url = `http://${authorityOf(host, port)}`;
    return { ...server, port, host, addresses, ...(conflict !== undefined && { conflict }), url };
  } catch (error) {
    await server.dispose();
    throw error;
  }
}

/** Builds the application. The server is not open, and not bound to any port. */
export function createServer(options: ServerOptions): BridgeServer {
  const { clients, authenticator, core } = options;
  const store = new DisposableStore();
  const guards = new Guards(options.guards, authenticator, core.access.store);
  const readiness = new Readiness();
  const handlers = createHandlers(options, guards, readiness);
  const { sockets, requestLimits } = handlers;
  const listeners = new Listeners({ handlers, guards, readiness, clients }, options.listen);
  store.defer(async () => {
    const closed = listeners.dispose();
    await Promise.all(sockets.map((socket) => socket.dispose()));
    clients.disconnectAll(bridgeStopping());
    await closed;
  });
  store.defer(() => readiness.stop());
  const ending = authenticator?.onDidEnd?.(() => clients.disconnectEnded());
  if (ending !== undefined) store.add(ending);
  return {
    bind: (port) => listeners.bind(port),
    accept: (connection) => listeners.accept(connection),
    open: () => readiness.open(),
    rotateToken: (token) => {
      const replaced = new BridgeError("AUTHENTICATION_FAILED", "The token was replaced. Reconnect with the new one.");
      if (!guards.rotateToken(token)) return;
      core.audit.note({ kind: "token-rotated", client: principalRef(owner) });
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
      listeners.announceStop();
    },
    dispose: () => store.dispose(),
  };
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
  const defaults = { pingMs: PING_MS, windows: noOtherWindows, ownership: soleOwner, ...options };
  const placement = new Placement(defaults, { windowId: options.core.events.windowId, ...limits });
  const context = { ...defaults, ...shared, placement };
  const sockets = modules.flatMap((module) => module.sockets?.(context) ?? []);
  const routes = new Map(sockets.flatMap(({ paths, upgrade }) => paths.map((path) => [path, upgrade])));
  return {
    sockets,
    requestLimits,
    ...createApp(context),
    upgrade: createUpgradeHandler({ ...context, routes }),
  };
}
