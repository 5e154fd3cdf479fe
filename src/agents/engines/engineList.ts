import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter, type Event } from "../../base/events.ts";
import type { EngineDirectory, EngineEntry, EngineModel } from "../../core/models/engineDirectory.ts";
import { AgentModels } from "../agentModels.ts";
import type { EngineSettings } from "./engineSettings.ts";

export interface EngineListOptions {
  readonly engines: readonly EngineSettings[];
  /** Asks the vendor of an engine. @throws BridgeError */
  readonly listModels: (engineId: string, signal: AbortSignal) => Promise<readonly EngineModel[]>;
  /** Fires with the ID of an engine whose key has changed, which may lead to other models. */
  readonly onDidChangeKey: Event<string>;
}

/** Timeout in milliseconds of a vendor that is asked for its models. */
const LIST_MS = 10_000;
/** Time in milliseconds for which a vendor is not asked again that could not be reached. */
const FAILED_MS = 30_000;

/** The engines of the settings, and the models that their vendors list. */
export class EngineList implements EngineDirectory, Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChange = this.#changed.event;
  readonly #entries: readonly EngineEntry[];
  readonly #engines: ReadonlyMap<string, EngineSettings>;
  readonly #listed: ReadonlyMap<string, AgentModels>;

  constructor({ engines, listModels, onDidChangeKey }: EngineListOptions) {
    this.#entries = engines.map(entryOf);
    this.#engines = new Map(engines.map((engine) => [engine.id, engine]));
    this.#listed = new Map(
      engines.map(({ id }) => [
        id,
        this.#store.add(new AgentModels((signal) => this.#ask(listModels(id, within(signal))), FAILED_MS)),
      ]),
    );
    this.#store.add(onDidChangeKey((engineId) => this.#forget(engineId)));
  }

  list(): readonly EngineEntry[] {
    return this.#entries;
  }

  async models(engineId: string, signal: AbortSignal): Promise<readonly EngineModel[]> {
    const { models = [], embeddingModels = [] } = this.#engines.get(engineId) ?? {};
    const known = [...new Set([...models, ...embeddingModels])].map((id) => ({ id, name: id }));
    if (models.length > 0) return known;
    try {
      const listed = (await this.#listed.get(engineId)?.all(signal)) ?? [];
      return [...listed, ...known.filter(({ id }) => !listed.some((model) => model.id === id))];
    } catch {
      return known;
    }
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  /** Tells that models are known now, after those who wait for them have got them. */
  async #ask(listing: Promise<readonly EngineModel[]>): Promise<readonly EngineModel[]> {
    const models = await listing;
    queueMicrotask(() => this.#changed.fire());
    return models;
  }

  #forget(engineId: string): void {
    const listed = this.#listed.get(engineId);
    if (listed === undefined) return;
    listed.forget();
    this.#changed.fire();
  }
}

function within(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(LIST_MS)]);
}

function entryOf({ id, name = id, wire, models, embeddingModels }: EngineSettings): EngineEntry {
  return {
    id,
    name,
    wire,
    defaultModel: models[0],
    hasEmbeddings: embeddingModels.length > 0,
    defaultEmbeddingModel: embeddingModels[0],
  };
}
