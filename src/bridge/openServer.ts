import { randomUUID } from "node:crypto";
import { systemClock } from "../base/clock.ts";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import { identify, isLiving } from "../core/processes.ts";
import type { WindowRecord } from "../protocol/status.ts";
import { addressesOf, hostOf } from "../server/listen/listen.ts";
import { authorityOf, isPortFree } from "../server/listen/portProbe.ts";
import {
  type BridgeServer,
  createServer,
  type RunningServer,
  type ServerOptions,
  startServer,
} from "../server/startServer.ts";
import { noOtherWindows, type Windows } from "../server/windows/windows.ts";
import type { Address, AddressNetwork } from "../windows/address/addressPorts.ts";
import { addressFolder, FolderRegister } from "../windows/address/folderRegister.ts";
import { WindowAddress } from "../windows/address/windowAddress.ts";
import { StreamWindow } from "../windows/forward/streamWindow.ts";
import { KeyLedger } from "../windows/group/keyLedger.ts";
import { LedgerFolder } from "../windows/group/ledgerFolder.ts";
import { WindowGroup } from "../windows/group/windowGroup.ts";
import { dialLink } from "../windows/link/dialLink.ts";
import type { StreamLink } from "../windows/link/link.ts";
import { LinkEndpoint } from "../windows/link/linkEndpoint.ts";
import { LinkKey } from "../windows/link/linkKey.ts";
import { type BridgeAddress, fixedAddress } from "./bridgeAddress.ts";
import type { Core } from "./composeCore.ts";
import { type ChangingWindow, selfWindowOf } from "./selfWindow.ts";
import { SharedAddress } from "./sharedAddress.ts";

export interface OpenServerDeps {
  readonly core: Core;
  readonly window: ChangingWindow;
  /** The folder in which the windows of this user find each other. */
  readonly discoveryFolder: string;
  readonly logger: Logger;
}

/** A server, and the address at which programs reach it. */
export interface OpenServer {
  readonly server: RunningServer;
  readonly address: BridgeAddress;
  readonly windows: Windows;
  /** Leaves the address to another window. Call it when nothing runs any more, before the server is disposed. */
  readonly leave: () => Promise<void>;
}

/**
 * Opens the server at the address that all windows of the user share, or at any free port if the configured one is 0.
 * @throws BridgeError CONFIGURATION_ERROR if it cannot listen, when nothing is left open
 */
export async function openServer(options: ServerOptions, deps: OpenServerDeps): Promise<OpenServer> {
  if (options.listen.port !== 0) return openShared(options, deps);
  const server = await startServer(options);
  const { windows = noOtherWindows } = options;
  return { server, address: fixedAddress(server), windows, leave: async () => undefined };
}

async function openShared(options: ServerOptions, deps: OpenServerDeps): Promise<OpenServer> {
  const store = new DisposableStore();
  const host = hostOf(options.listen);
  const server: () => BridgeServer = () => created;
  const shared = await composeAddress(options, deps, server);
  const { address, group, endpoint } = shared;
  const created = createServer({
    ...options,
    modules: [...options.modules, { sockets: () => [endpoint] }],
    windows: group,
    ownership: group.ownership,
  });
  store.add(created);
  store.add(acceptStreams(address, created));
  store.add(group.onDidRequestReclaim(() => void address.reclaim()));
  const shown = new SharedAddress(shared, { host, wantedPort: options.listen.port });
  const leave = async (): Promise<void> => {
    await group.leave();
    const stopped = address.stop();
    await shown.dispose();
    await group.dispose();
    await stopped;
  };
  created.open();
  const role = await address.start();
  if (role.kind === "failed") {
    await leave();
    await store.dispose();
    throw role.error;
  }
  const running = {
    ...created,
    host,
    addresses: addressesOf(options.listen.host),
    get url() {
      return shown.url;
    },
    get port() {
      return shown.port;
    },
    dispose: () => store.dispose(),
  };
  return { server: running, address: shown, windows: group, leave };
}

async function composeAddress(
  { listen: options }: Pick<ServerOptions, "listen">,
  { core, window, discoveryFolder, logger }: OpenServerDeps,
  server: () => BridgeServer,
) {
  const clock = systemClock;
  const host = hostOf(options);
  const { port, portConflict } = options;
  const self = (): WindowRecord => window.describe();
  const key = new LinkKey(discoveryFolder);
  const network: AddressNetwork<StreamLink> = {
    bind: async (wanted) => {
      const bound = await server().bind(wanted);
      return bound && { port: bound.port, release: () => bound.close(), retire: () => bound.retire() };
    },
    dial: (at, signal) => dialLink({ host, port: at, key, self, clock, logger, signal }),
    isFree: isPortFree,
    describeOwner: options.describeOwner,
    isGone: async (other) => !(await isLiving(other)),
  };
  const folder = addressFolder(discoveryFolder, port);
  const { pid } = process;
  const identity = { windowId: self().id, pid, started: (await identify(pid))?.started };
  const register = new FolderRegister(folder);
  const address = new WindowAddress<StreamLink>(
    { register, network, clock, self: identity, logger, unique: randomUUID },
    { port, portConflict },
  );
  const group = new WindowGroup<StreamLink>({
    address,
    self: selfWindowOf(core, window),
    ledger: new KeyLedger({ storage: new LedgerFolder(folder), clock, logger }),
    history: core.history,
    processes: { identify, isLiving },
    createOther: (link, mirror) => new StreamWindow({ link, mirror }),
    urlOf: (at) => `http://${authorityOf(host, at)}`,
    clock,
    logger,
  });
  const mayAccept = (): boolean => address.role.kind === "owner" && address.isServing;
  const onLink = (link: StreamLink): void => {
    // The dashboards of the member.
    link.onDidOpenStream((stream) => server().accept(stream));
    group.accept(link);
  };
  const endpoint = new LinkEndpoint({ key, self, mayAccept, onLink, clock, logger });
  return { address, group, endpoint };
}

/** Handles the requests that the owner sends over the link of this window. */
function acceptStreams(address: Address<StreamLink>, server: BridgeServer): Disposable {
  let latest: StreamLink | undefined;
  return address.onDidChangeRole((role) => {
    // The link stays when the address moves.
    if (role.kind !== "member" || role.link === latest) return;
    latest = role.link;
    role.link.onDidOpenStream((stream) => server.accept(stream));
  });
}
