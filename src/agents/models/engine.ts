import { ModelFailure } from "../../core/models/modelFailure.ts";
import type { EngineModel } from "../../core/models/engineDirectory.ts";
import type { EngineSettings } from "../engines/engineSettings.ts";
import type { ModelWire } from "./wire.ts";

/** Time in milliseconds for which a list of a vendor is used again. */
const LIST_MS = 5 * 60_000;

/** One engine of the settings, and the way to its vendor. */
export class Engine {
  readonly settings: EngineSettings;
  readonly wire: ModelWire;
  #listed: { readonly models: readonly EngineModel[]; readonly at: number } | undefined;

  constructor(settings: EngineSettings, wire: ModelWire) {
    this.settings = settings;
    this.wire = wire;
  }

  /** The name for people. */
  get name(): string {
    return this.settings.name ?? this.settings.id;
  }

  /** Returns the models of the settings, or else those that the vendor lists. @throws ModelFailure, or the signal's reason */
  async models(signal: AbortSignal): Promise<readonly EngineModel[]> {
    const { models } = this.settings;
    if (models.length > 0) return models.map((id) => ({ id, name: id }));
    if (this.#listed !== undefined && performance.now() - this.#listed.at < LIST_MS) return this.#listed.models;
    this.#listed = { models: await this.wire.listModels(signal), at: performance.now() };
    return this.#listed.models;
  }

  /** Returns the model of prompts that name none. @throws ModelFailure, or the signal's reason */
  async defaultModel(signal: AbortSignal): Promise<string> {
    const [first] = await this.models(signal);
    if (first !== undefined) return first.id;
    throw new ModelFailure(
      "not-found",
      `The engine '${this.settings.id}' lists no models. Name one in the field 'models' of its entry in kiroBridge.engines.`,
    );
  }

  /** Forgets the list of the vendor, because another key may have other models. */
  forget(): void {
    this.#listed = undefined;
  }
}
