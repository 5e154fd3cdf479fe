import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { type Disposable, DisposableStore, toDisposable } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import { brokerDefaults } from "./bus/broker/busParts.ts";
import { EmbeddedTransport } from "./bus/embedded/embeddedTransport.ts";
import type { BusParticipant } from "./bus/participant.ts";
import { DurableLog } from "./durable/durableLog.ts";
import { LogFolder } from "./durable/logFolder.ts";
import { BusSessions } from "./endpoints/session/busSessions.ts";
import { BRIDGE } from "./hub/group/announcement.ts";
import type { BusPlaces } from "./hub/busPlace.ts";
import { OwnedBus, type OwnedBusDeps } from "./hub/ownedBus.ts";
import { FileBackend } from "./hub/state/fileBackend.ts";
import { manifestSharing } from "./hub/state/manifestSharing.ts";
import { rememberSharing } from "./hub/state/sharingMemory.ts";
import { declareDurable } from "./hub/group/durableDeclarations.ts";
import { PluginGroup } from "./hub/group/pluginGroup.ts";
import { OwnPlugins } from "./hub/hosting/ownPlugins.ts";
import { openWindowPlugins, type WindowPlugins, type WindowPluginsDeps } from "./hub/hosting/windowPlugins.ts";
import type { NatsCredentialsPort } from "./nats/credentials.ts";
import { NatsTransport, type NatsTransportOptions } from "./nats/natsTransport.ts";
import type { PluginDirectory } from "./hub/pluginDirectory.ts";
import type { Outcome, RunContext } from "../core/ports.ts";
import type { RouteRequest } from "../protocol/plugins/routing.ts";
import type { RoutingDecision } from "../protocol/plugins/routingDecision.ts";
import { callMethod } from "./hub/callMethod.ts";
import { type CallRecorder, CallRecords } from "./hub/callRecords.ts";
import { GuardedRequests } from "./hub/guardedRequests.ts";
import { PluginsOverview } from "./hub/overview/pluginsOverview.ts";
import { PluginRouter } from "./hub/pluginRouter.ts";
import type { PluginTargetDeps } from "./hub/pluginTarget.ts";
import { exclusionOf, type MayRun } from "./hub/routedMethod.ts";
import { runRoute } from "./hub/runRoute.ts";
import { WindowBus } from "./hub/windowBus.ts";
import { MemoryBackend } from "./state/store/memoryBackend.ts";

/** Collaborators from the bridge. */
export interface PluginsPorts {
  readonly windowId: string;
  readonly places: BusPlaces;
  /** The folder of what outlives the bus. Undefined to keep it in memory. */
  readonly busFolder: string | undefined;
  /** Counts the calls of plugins. */
  readonly callMetrics: CallRecorder;
  /** The servers of the bus. Undefined to have it in this window. */
  readonly nats: NatsPlace | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A bus on NATS servers. */
export interface NatsPlace {
  readonly options: NatsTransportOptions;
  readonly credentials: NatsCredentialsPort;
}

/** The part of the plugins that is read on first use. */
export interface Plugins extends Disposable {
  readonly bus: WindowBus<OwnedBus>;
  /** The bridge's own participant. */
  readonly participant: BusParticipant;
  readonly sessions: BusSessions;
  /** The plugins of all windows. */
  readonly directory: PluginDirectory;
  /** The plugins of this window. */
  readonly own: OwnPlugins;
  /** Finds and starts the plugins of this window. */
  readonly openHost: (deps: WindowPluginsDeps) => WindowPlugins;
  readonly records: CallRecords;
  /** All that people are shown of them. */
  readonly overview: PluginsOverview;
  /** Calls a method for an execution. */
  readonly callMethod: PluginTargetDeps["callMethod"];
  /** Decides which plugins fit a request. @throws BridgeError NOT_FOUND */
  route(request: RouteRequest, mayRun: MayRun): Promise<RoutingDecision>;
  /** Runs a request by the plugin that fits best. */
  runRoute(request: RouteRequest, context: RunContext, timeoutMs: number | undefined): Promise<Outcome>;
  dispose(): Promise<void>;
}

/** Composes the plugins with plain constructor calls. */
export function composePlugins(ports: PluginsPorts): Plugins {
  const { windowId, places, nats, clock, logger } = ports;
  const store = new DisposableStore();
  const openBus = async (): Promise<OwnedBus> => {
    const parts = nats === undefined ? embeddedParts(ports) : await natsParts(nats, logger);
    const sharing = manifestSharing({ plugins: () => directory.plugins() }, parts.stateBackend);
    return new OwnedBus({ ...parts, sharing, clock, logger });
  };
  const bus = store.add(new WindowBus({ places, openBus, clock, logger }));
  const participant = store.add(bus.attach(BRIDGE));
  const whenHere = async () => {
    const broker = await bus.whenHere();
    return broker.attach.bind(broker);
  };
  const sessions = store.add(new BusSessions({ whenHere, clock }, brokerDefaults));
  store.add(
    bus.onDidMove(() => {
      if (bus.here === undefined) sessions.endAll();
    }),
  );
  const own = store.add(new OwnPlugins());
  const group = { bus: participant, onDidMove: bus.onDidMove, own, clock, logger };
  const directory = store.add(new PluginGroup(windowId, group));
  store.add(declareOnBus({ bus, directory, logger }));
  const openHost = (deps: WindowPluginsDeps): WindowPlugins => openWindowPlugins(deps, { own, directory });
  const records = new CallRecords(ports.callMetrics);
  const overview = store.add(overviewOf({ bus, directory, records, participant }));
  const router = store.add(new PluginRouter({ directory, bus: participant, records, logger }));
  const guarded = new GuardedRequests({ bus: participant, directory, logger });
  const calls = { router, directory, bus: guarded, records };
  return {
    bus,
    participant,
    sessions,
    directory,
    own,
    openHost,
    records,
    overview,
    callMethod: (call, context) => callMethod(call, { bus: guarded, records, context }),
    route: (request, mayRun) => router.route(request, exclusionOf(directory, mayRun)),
    runRoute: (request, context, timeoutMs) => runRoute(request, context, calls, timeoutMs),
    dispose: () => store.dispose(),
  };
}

function overviewOf({
  bus,
  participant,
  directory,
  records,
}: Pick<Plugins, "bus" | "participant" | "directory" | "records">): PluginsOverview {
  return new PluginsOverview({
    directory,
    bus: participant,
    transport: () => bus.here?.transport,
    calls: records,
    states: () => bus.here?.states.views() ?? [],
  });
}

type TransportParts = Pick<OwnedBusDeps, "transport" | "stateBackend">;

function embeddedParts(ports: PluginsPorts): TransportParts {
  const { busFolder, logger } = ports;
  const stateBackend =
    busFolder === undefined ? new MemoryBackend() : new FileBackend(join(busFolder, "state"), logger);
  return { transport: new EmbeddedTransport(durableLog(ports)), stateBackend };
}

async function natsParts({ options, credentials }: NatsPlace, logger: Logger): Promise<TransportParts> {
  const transport = await NatsTransport.connect({ credentials, logger }, options);
  return { transport, stateBackend: transport.state };
}

/** The messages on durable topics, in a folder that each owner of the address takes over from the one before. */
function durableLog({ places: { place }, busFolder, clock, logger }: PluginsPorts): DurableLog | undefined {
  if (busFolder === undefined || place.kind !== "here") return undefined;
  const files = new LogFolder(join(busFolder, place.log));
  return new DurableLog({ files, clock, logger, isOwner: () => place.confirm() });
}

/** Makes durable what manifests say, and remembers what they share, on each bus that this window has. */
function declareOnBus({
  bus,
  directory,
  logger,
}: Pick<Plugins, "bus" | "directory"> & Pick<PluginsPorts, "logger">): Disposable {
  let declaring = new DisposableStore();
  const look = (): void => {
    void declaring.dispose();
    declaring = new DisposableStore();
    if (bus.here === undefined) return;
    const { transport, stateBackend } = bus.here;
    if (transport.durable !== undefined)
      declaring.add(declareDurable({ directory, durable: transport.durable, logger }));
    declaring.add(rememberSharing({ directory, backend: stateBackend, logger }));
  };
  look();
  const following = bus.onDidMove(look);
  return toDisposable(() => {
    void following.dispose();
    void declaring.dispose();
  });
}
