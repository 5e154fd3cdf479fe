import { DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import { type AppLimits, type CoreParts, createApp, type KiroParts } from "./app.ts";
import { type GuardOptions, Guards } from "./guards.ts";
import { listen, type Listening, type ListenOptions } from "./listen.ts";
import { Readiness } from "./readiness.ts";
import { checkOwnGuards } from "./selfCheck.ts";
import { createUpgradeDoor, type UpgradeRoute } from "./upgradeDoor.ts";

export interface ServerOptions {
  readonly core: CoreParts;
  readonly kiro: KiroParts;
  readonly guards: GuardOptions;
  readonly limits: AppLimits;
  readonly listen: ListenOptions;
  /** See `AppParts.docsFolder`. */
  readonly docsFolder: string;
  readonly logger: Logger;
  /** WebSocket doors by path. */
  readonly upgrades?: ReadonlyMap<string, UpgradeRoute>;
}

/** A server that has proved to itself that it refuses strangers. */
export interface RunningServer extends Omit<Listening, "close"> {
  /** The address to call, without a slash at the end. */
  readonly url: string;
  rotateToken(token: string): void;
  /** From now on `/health` says unhealthy and new requests get 503. Then end the work that runs, then `dispose`. */
  announceStop(): void;
  /** Ends the server: nothing listens when it resolves, which takes 2 s at most. */
  dispose(): Promise<void>;
}

/**
 * Builds the application, listens, and opens the door when the self-check has passed.
 * @throws BridgeError CONFIGURATION_ERROR; then nothing listens.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { core, limits, docsFolder, logger } = options;
  const store = new DisposableStore();
  const guards = new Guards(options.guards);
  const readiness = new Readiness();
  const upgrade = createUpgradeDoor({ guards, readiness, logger, routes: options.upgrades ?? new Map() });
  const request = createApp({ core, kiro: options.kiro, guards, readiness, limits, docsFolder, logger }, store);
  try {
    const listening = await listen({ request, upgrade }, options.listen);
    store.defer(() => listening.close());
    store.defer(() => readiness.stop());
    guards.listensAt(listening.host, listening.port);
    readiness.listensAt(listening.host, listening.port);
    await checkOwnGuards({ ...listening, authMode: options.guards.authMode });
    readiness.open();
    return running(listening, guards, readiness, store);
  } catch (error) {
    await store.dispose();
    throw error;
  }
}

function running(listening: Listening, guards: Guards, readiness: Readiness, store: DisposableStore): RunningServer {
  const { host, port } = listening;
  return {
    ...listening,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    rotateToken: (token) => guards.rotateToken(token),
    announceStop: () => readiness.stop(),
    dispose: () => store.dispose(),
  };
}
