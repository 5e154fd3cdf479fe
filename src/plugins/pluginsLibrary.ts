import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import { brokerDefaults } from "./bus/broker/busParts.ts";
import { EmbeddedTransport } from "./bus/embedded/embeddedTransport.ts";
import type { BusParticipant } from "./bus/participant.ts";
import { BusSessions } from "./endpoints/session/busSessions.ts";
import type { BusPlaces } from "./hub/busPlace.ts";
import { OwnedBus } from "./hub/ownedBus.ts";
import { FileBackend } from "./hub/state/fileBackend.ts";
import { WindowBus } from "./hub/windowBus.ts";
import { MemoryBackend } from "./state/store/memoryBackend.ts";
import { openSharing } from "./state/store/sharing.ts";

/** Collaborators from the bridge. */
export interface PluginsPorts {
  readonly places: BusPlaces;
  /** The folder of what outlives the bus. Undefined to keep it in memory. */
  readonly busFolder: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The part of the plugins that is read on first use. */
export interface Plugins extends Disposable {
  readonly bus: WindowBus<OwnedBus>;
  /** The bridge's own participant. */
  readonly participant: BusParticipant;
  readonly sessions: BusSessions;
  dispose(): Promise<void>;
}

/** The name of the bridge itself on the bus. */
const BRIDGE = "kiro-bridge";

/** Composes the plugins with plain constructor calls. */
export function composePlugins({ places, busFolder, clock, logger }: PluginsPorts): Plugins {
  const store = new DisposableStore();
  const stateBackend =
    busFolder === undefined ? new MemoryBackend() : new FileBackend(join(busFolder, "state"), logger);
  const openBus = async (): Promise<OwnedBus> =>
    new OwnedBus({ transport: new EmbeddedTransport(), stateBackend, sharing: openSharing, clock, logger });
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
  return { bus, participant, sessions, dispose: () => store.dispose() };
}
