import type { EngineSettings } from "../../agents/engines/engineSettings.ts";
import { EngineList } from "../../agents/engines/engineList.ts";
import { EngineTarget, type EngineTargetOptions } from "../../agents/engines/engineTarget.ts";
import type { Models } from "../../agents/engines/models.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Event } from "../../base/events.ts";
import type { OpenAgentTools } from "../../core/models/agentTools.ts";
import type { EngineDirectory } from "../../core/models/engineDirectory.ts";
import type { EngineStatus } from "../../protocol/agents/engines.ts";
import { bridgeStopping, unavailable } from "../../protocol/unavailable.ts";
import type { ServerContext } from "../../server/serverModule.ts";
import type { BridgeModule } from "../bridgeModule.ts";

/** The bundle of models, with the tools of the bridge for them. */
export interface EngineLibrary {
  readonly models: Models;
  readonly openTools: OpenAgentTools;
}

export interface EnginesModuleDeps
  extends Pick<EngineTargetOptions, "defaultWorkspacePath" | "isTrusted" | "idleSessionMs" | "report"> {
  readonly engines: readonly EngineSettings[];
  /** Reads the bundle and composes what it has. */
  readonly load: (server: ServerContext) => Promise<EngineLibrary>;
  /** Fires with the ID of an engine whose key has changed. */
  readonly onDidChangeKey: Event<string>;
}

export interface EnginesModule extends BridgeModule {
  readonly directory: EngineDirectory;
  /** One for each engine. */
  readonly targets: readonly EngineTarget[];
  /** Returns the bundle of models, which is read on first use. @throws BridgeError if the bridge is starting or stopping */
  models(): Promise<Models>;
  readonly statusParts: { readonly engines: () => readonly EngineStatus[] };
}

/** The models of the user as agents. Thin, because what speaks with them is a bundle of its own, read on first use. */
export function enginesModule(deps: EnginesModuleDeps): EnginesModule {
  const store = new DisposableStore();
  const library = store.add(new LateLibrary(deps.load));
  const models = async (): Promise<Models> => (await library.get()).models;
  const openTools: OpenAgentTools = async (...call) => await (await library.get()).openTools(...call);
  const targets = deps.engines.map((settings) => new EngineTarget({ ...deps, settings, models, openTools }));
  // In parallel: stopping has little time.
  store.defer(async () => void (await Promise.all(targets.map(async (target) => await target.dispose()))));
  const directory = store.add(
    new EngineList({
      engines: deps.engines,
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
    statusParts: { engines: () => targets.map((target) => target.engineStatus()) },
    routes: (_router, server) => library.provide(server),
    dispose: () => store.dispose(),
  };
}

/** The bundle, read once when it is needed first. */
class LateLibrary implements Disposable {
  readonly #load: EnginesModuleDeps["load"];
  #server: ServerContext | undefined;
  #loading: Promise<EngineLibrary> | undefined;

  constructor(load: EnginesModuleDeps["load"]) {
    this.#load = load;
  }

  provide(server: ServerContext): void {
    this.#server = server;
  }

  async get(): Promise<EngineLibrary> {
    if (this.#server === undefined) throw bridgeStopping();
    this.#loading ??= this.#load(this.#server);
    return await this.#loading;
  }

  async dispose(): Promise<void> {
    this.#server = undefined;
    const loaded = await this.#loading?.catch(() => undefined);
    await loaded?.models.dispose();
  }
}
