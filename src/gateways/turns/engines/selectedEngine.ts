import type { EngineDirectory, EngineEntry } from "../../../core/models/engineDirectory.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { type Aliases, aliased } from "../models.ts";

/** Time in milliseconds that a request waits for the models that a vendor lists. */
const LIST_MS = 15_000;

/** The engine that the model of a request names. */
export interface SelectedEngine {
  readonly engine: EngineEntry;
  /** The vendor's own ID; undefined for the default of the engine. Any one passes: tuned models are in no list. */
  readonly model: string | undefined;
}

/**
 * Returns the engine of a model; undefined if the name is one of an agent, or of nothing.
 * @param name an alias, `<engine>`, or `<engine>/<model>`
 */
export function selectedEngine(
  name: string,
  aliases: Aliases,
  engines: Pick<EngineDirectory, "list">,
): SelectedEngine | undefined {
  const wanted = aliased(name, aliases);
  const slash = wanted.indexOf("/");
  const id = slash < 0 ? wanted : wanted.slice(0, slash);
  const engine = engines.list().find((entry) => entry.id === id);
  if (engine === undefined) return undefined;
  const model = slash < 0 ? "" : wanted.slice(slash + 1);
  return { engine, model: model === "" ? undefined : model };
}

/**
 * Returns the vendor's own ID of the model that answers.
 * @throws BridgeError NOT_FOUND if neither the request nor the engine names one
 */
export async function modelOf(
  { engine, model }: SelectedEngine,
  engines: Pick<EngineDirectory, "models">,
): Promise<string> {
  const known = model ?? engine.defaultModel;
  if (known !== undefined) return known;
  const [first] = await engines.models(engine.id, AbortSignal.timeout(LIST_MS));
  if (first !== undefined) return first.id;
  throw noDefault(engine, "model");
}

/** Returns the error about an engine that needs the name of a model. @param what a model of this kind */
export function noDefault({ id }: EngineEntry, what: string): BridgeError {
  const message = `The engine '${id}' has no default ${what}. Name one: '${id}/<model>', or add it to the setting kiroBridge.engines.`;
  return new BridgeError("NOT_FOUND", message, { field: "model", vendorCode: "model_not_found" });
}

/** A model of an engine, as clients name it. */
export interface NamedModel {
  readonly id: string;
  readonly name: string;
  readonly engine: string;
}

/** Lists the engines and their models, as clients name them. Never rejects. */
export async function modelsOfEngines(engines: EngineDirectory): Promise<readonly NamedModel[]> {
  const lists = engines.list().map(async ({ id, name }): Promise<readonly NamedModel[]> => {
    const models = await engines.models(id, AbortSignal.timeout(LIST_MS));
    const own = models.map((model) => ({ id: `${id}/${model.id}`, name: `${name}: ${model.name}`, engine: id }));
    return [{ id, name, engine: id }, ...own];
  });
  return (await Promise.all(lists)).flat();
}
