import type { EngineSettings } from "../../agents/engines/engineSettings.ts";
import { EngineList } from "../../agents/engines/engineList.ts";
import { EngineTarget, type EngineTargetOptions } from "../../agents/engines/engineTarget.ts";
import type { Models } from "../../agents/engines/models.ts";
import type { DailyLedger } from "../../agents/engines/usage/dailyLedger.ts";
import { dailyLimitsOf } from "../../agents/engines/usage/dailyLimits.ts";
import { dayOf, midnightAfter } from "../../agents/engines/usage/usageDay.ts";
import { isUsedOn } from "../../agents/engines/usage/usageFileNames.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Event } from "../../base/events.ts";
import type { Meter } from "../../core/metrics/instruments.ts";
import type { OpenAgentTools } from "../../core/models/agentTools.ts";
import type { EngineDirectory } from "../../core/models/engineDirectory.ts";
import type { EngineUsage } from "../../protocol/agents/engineUsage.ts";
import type { EngineStatus } from "../../protocol/agents/engines.ts";
import { bridgeStopping, unavailable } from "../../protocol/unavailable.ts";
import type { ServerContext } from "../../server/serverModule.ts";
import type { BridgeModule } from "../bridgeModule.ts";

/** The bundle of models, with the tools of the bridge for them. */
export interface EngineLibrary {
  readonly models: Models;
  /** Counts what the engines use. */
  readonly ledger: Pick<DailyLedger, "overview" | "dispose">;
  /** Counts the same in metrics, until the ledger is disposed. */
  readonly countIn: (meter: Meter) => void;
  /** Undefined if there are no tools for models. */
  readonly openTools: OpenAgentTools | undefined;
}

export interface EnginesModuleDeps
  extends Pick<EngineTargetOptions, "defaultWorkspacePath" | "isTrusted" | "idleSessionMs" | "report"> {
  readonly engines: readonly EngineSettings[];
  /** Reads the bundle and composes what it has. */
  readonly load: (server: ServerContext) => Promise<EngineLibrary>;
  /** The folder in which all windows count what engines use. */
  readonly usageFolder: string;
  /** Ends the commands that print keys if this process dies. Disposed with the module. */
  readonly guard: Disposable;
  /** Fires with the ID of an engine whose key has changed. */
  readonly onDidChangeKey: Event<string>;
  /** Removes conversations from the disk. */
  readonly removeConversations: () => Promise<void>;
}

export interface EnginesModule extends BridgeModule {
  readonly directory: EngineDirectory;
  /** One for each engine. */
  readonly targets: readonly EngineTarget[];
  /** Returns the bundle of models, which is read on first use. @throws BridgeError if the bridge is starting or stopping */
  models(): Promise<Models>;
  /** Returns what all windows have used today. Reads the bundle only if they have used anything. */
  usage(): Promise<EngineUsage>;
  readonly statusParts: { readonly engines: () => readonly EngineStatus[] };
}

/** The models of the user as agents. Thin, because what speaks with them is a bundle of its own, read on first use. */
export function enginesModule(deps: EnginesModuleDeps): EnginesModule {
  const { engines } = deps;
  const store = new DisposableStore();
  store.add(deps.guard);
  const library = store.add(new LateLibrary(deps.load));
  const models = async (): Promise<Models> => (await library.get()).models;
  const openTools: EngineTargetOptions["openTools"] = async (...call) =>
    await (await library.get()).openTools?.(...call);
  const targets = engines.map((settings) => new EngineTarget({ ...deps, settings, models, openTools }));
  // In parallel: stopping has little time.
  store.defer(async () => void (await Promise.all(targets.map(async (target) => await target.dispose()))));
  const directory = store.add(
    new EngineList({
      engines,
      listModels: async (engineId, signal) => {
        if (!deps.isTrusted())
          throw unavailable("workspace-untrusted", "Models are not used in an untrusted workspace.");
        return await (await models()).listModels(engineId, signal);
      },
      onDidChangeKey: deps.onDidChangeKey,
    }),
  );
  return {
    directory,
    targets,
    models,
    usage: async () => {
      const now = new Date();
      const isUsed = library.isNeeded || (await isUsedOn(dayOf(now), deps.usageFolder));
      return isUsed ? await (await library.get()).ledger.overview() : unused(engines, now);
    },
    instruments: (meter) => library.countIn(meter),
    statusParts: { engines: () => targets.map((target) => target.engineStatus()) },
    routes: (_router, server) => library.provide(server),
    clearHistory: () => deps.removeConversations(),
    dispose: () => store.dispose(),
  };
}

/** Returns the overview of a day on which nothing was used. */
function unused(engines: readonly EngineSettings[], now: Date): EngineUsage {
  const nothing = { steps: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  return {
    day: dayOf(now),
    resetsAt: midnightAfter(now).toISOString(),
    engines: engines.map((engine) => ({ engine: engine.id, ...nothing, ...dailyLimitsOf(engine) })),
    principals: [],
    sessions: [],
  };
}

/** The bundle, read once when it is needed first. */
class LateLibrary implements Disposable {
  readonly #load: EnginesModuleDeps["load"];
  #meter: Meter | undefined;
  #server: ServerContext | undefined;
  #loading: Promise<EngineLibrary> | undefined;

  constructor(load: EnginesModuleDeps["load"]) {
    this.#load = load;
  }

  /** Counts in these metrics, from the first use of an engine on. */
  countIn(meter: Meter): void {
    this.#meter = meter;
  }

  provide(server: ServerContext): void {
    this.#server = server;
  }

  /** True from the first use. */
  get isNeeded(): boolean {
    return this.#loading !== undefined;
  }

  async get(): Promise<EngineLibrary> {
    if (this.#server === undefined) throw bridgeStopping();
    this.#loading ??= this.#read(this.#server);
    return await this.#loading;
  }

  async dispose(): Promise<void> {
    this.#server = undefined;
    const loaded = await this.#loading?.catch(() => undefined);
    await loaded?.models.dispose();
    await loaded?.ledger.dispose();
  }

  async #read(server: ServerContext): Promise<EngineLibrary> {
    const library = await this.#load(server);
    if (this.#meter !== undefined) library.countIn(this.#meter);
    return library;
  }
}
