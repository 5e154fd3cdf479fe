import { systemClock } from "../base/clock.ts";
import type { Disposable } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import type { Logger } from "../base/logger.ts";
import type { Caller } from "../core/access/principal.ts";
import type { Policy } from "../core/commands/policy.ts";
import { noPlugins, type PluginParts } from "../dashboard/channel/pluginActions.ts";
import { performOnBus } from "../plugins/endpoints/wire/busRequests.ts";
import { BusSockets } from "../plugins/endpoints/wire/busSockets.ts";
import { streamBus } from "../plugins/endpoints/wire/busStream.ts";
import { OperationPace } from "../plugins/endpoints/wire/operationPace.ts";
import { ownerChannel } from "../plugins/endpoints/wire/ownerChannel.ts";
import type { BusPlace, BusPlaces } from "../plugins/hub/busPlace.ts";
import { type CommandPorts, LateDirectory, pluginTargets } from "../plugins/hub/latePlugins.ts";
import { answerRoute } from "../plugins/hub/routeEndpoint.ts";
import { busInstruments, CallMetrics } from "../plugins/hub/overview/pluginInstruments.ts";
import type { NatsPlace, Plugins } from "../plugins/pluginsLibrary.ts";
import type { RouteRequest } from "../protocol/plugins/routing.ts";
import type { RoutingDecision } from "../protocol/plugins/routingDecision.ts";
import { bridgeStopping } from "../protocol/unavailable.ts";
import { addResource, guarded } from "../server/http/resource.ts";
import type { BridgeAddress } from "./bridgeAddress.ts";
import type { BridgeModule } from "./bridgeModule.ts";

export interface PluginsModuleDeps {
  /** See `PluginsPorts`. */
  readonly busFolder: string | undefined;
  readonly nats: NatsPlace | undefined;
  readonly windowId: string;
  readonly schemas: CommandPorts["schemas"];
  readonly policy: Pick<Policy, "decide">;
  readonly logger: Logger;
}

type FollowedAddress = Pick<BridgeAddress, "role" | "port" | "wantedPort" | "ownerLink" | "onDidChange" | "confirm">;

export interface PluginsModule extends BridgeModule {
  /** Reads the rest of the plugins, on first use. @throws BridgeError KIRO_UNAVAILABLE after the module was disposed */
  readonly load: () => Promise<Plugins>;
  /** The plugins as dashboards see them: nothing until they are used. */
  readonly shown: PluginParts;
  /** Tells where the bus is, from the opening of the address on. */
  follow(address: FollowedAddress): Disposable;
}

/**
 * The plugins: their bus, and what is built on it. Thin, because most of it is a bundle of its own, read on first use.
 */
export function pluginsModule({ schemas, policy, ...options }: PluginsModuleDeps): PluginsModule {
  const places = new AddressPlaces();
  const directory = new LateDirectory();
  const pace = new OperationPace();
  let plugins: Promise<Plugins> | "ended" | undefined;
  let loaded: Plugins | undefined;
  let callMetrics: CallMetrics | undefined;
  const followed = (composed: Plugins): Plugins => {
    directory.follow(composed.directory);
    loaded = composed;
    return composed;
  };
  const load = (): Promise<Plugins> => {
    if (plugins === "ended") return Promise.reject(bridgeStopping());
    plugins ??= import("../plugins/pluginsLibrary.ts").then(({ composePlugins }) =>
      followed(
        composePlugins({
          ...options,
          places,
          callMetrics: { ended: (...call) => callMetrics?.ended(...call) },
          clock: systemClock,
        }),
      ),
    );
    return plugins;
  };
  const loadSessions = async () => (await load()).sessions;
  return {
    load,
    targets: pluginTargets({ directory, schemas, load }),
    shown: shownPlugins(() => loaded?.overview),
    instruments(meter) {
      busInstruments(meter, () => loaded?.bus.here?.stats());
      callMetrics = new CallMetrics(meter);
    },
    follow: (address) => places.follow(address),
    routes(router, { limits, ...context }) {
      const route = async (request: RouteRequest, caller: Caller): Promise<RoutingDecision> =>
        (await load()).route(request, (command) => policy.decide(command, caller).allowed);
      const routing = { route, maxBodyBytes: limits.maxBodyBytes };
      addResource(router, "/api/kiro/route", {
        post: guarded("commands:run", (request, response) => answerRoute(request, response, routing)),
      });
      const deps = { ...context, load: loadSessions, pace, maxBodyBytes: limits.maxBodyBytes };
      addResource(router, "/api/kiro/bus", {
        post: guarded(["bus:publish", "bus:subscribe"], (request, response) => performOnBus(request, response, deps)),
      });
      addResource(router, "/api/kiro/bus/messages", {
        get: guarded("bus:subscribe", (request, response) => streamBus(request, response, deps)),
      });
    },
    sockets: (context) => [new BusSockets({ ...context, load: loadSessions, pace })],
    dispose: async () => {
      const ending = plugins;
      plugins = "ended";
      directory.dispose();
      if (ending !== undefined && ending !== "ended") await (await ending).dispose();
    },
  };
}

/** Shows nothing until the plugins are used. */
function shownPlugins(overview: () => PluginParts | undefined): PluginParts {
  const shown = (): PluginParts => overview() ?? noPlugins;
  return {
    view: () => shown().view(),
    resendDeadLetter: (id) => shown().resendDeadLetter(id),
    removeDeadLetter: (id) => shown().removeDeadLetter(id),
  };
}

/** The place of the bus is the window that has the address. */
class AddressPlaces implements BusPlaces {
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  #place: BusPlace = { kind: "nobody" };

  get place(): BusPlace {
    return this.#place;
  }

  follow(address: FollowedAddress): Disposable {
    const look = (): void => {
      this.#place = placeOf(address);
      this.#changed.fire();
    };
    look();
    return address.onDidChange(look);
  }
}

function placeOf(address: FollowedAddress): BusPlace {
  const { role, ownerLink, port, wantedPort } = address;
  // A window that is alone has an address of its own.
  const log = `log-${role === "alone" ? port : wantedPort}`;
  if (role === "owner" || role === "alone") return { kind: "here", log, confirm: () => address.confirm() };
  if (ownerLink === undefined) return { kind: "nobody" };
  return { kind: "owner", link: ownerLink, open: ownerChannel(ownerLink) };
}
