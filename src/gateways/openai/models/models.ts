import type { IncomingMessage } from "node:http";
import { BridgeError } from "../../../protocol/errors.ts";
import { sendJson } from "../../../server/http/answers.ts";
import type { Placement } from "../../../server/windows/placement.ts";
import { dialectOf } from "../../door/errorBodies.ts";
import type { GatewayHandler } from "../../door/operations.ts";
import { forwardPlaced } from "../../door/placedBody.ts";
import type { NamedModel } from "../../turns/engines/selectedEngine.ts";
import { KIRO } from "../../../core/models/agentChoice.ts";

export interface ModelsDeps {
  /** Returns the agent's own IDs of its models. Never rejects. */
  readonly models: { list(): Promise<readonly string[]> };
  /** Returns the engines and their models, as clients name them. Never rejects. */
  readonly modelsOfEngines: () => Promise<readonly NamedModel[]>;
  readonly placement: Placement;
  /** Returns the user's own names of models. */
  readonly aliases: () => Readonly<Record<string, string>>;
}

/** A model as clients may name it. */
interface Model {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
}

/** Nobody says since when there is a model, which both APIs require. */
const UNKNOWN_TIME = 0;

/** `GET /v1/models` and `GET /v1/models/{id}`, in Anthropic's form with the header `anthropic-version`, else in OpenAI's. */
export function modelHandlers(deps: ModelsDeps): Readonly<Record<"listModels" | "retrieveModel", GatewayHandler>> {
  return {
    listModels: async (request, response) => {
      if (await forwardPlaced(request, response, deps.placement)) return;
      const models = await modelsOf(deps);
      sendJson(response, 200, isForAnthropic(request) ? anthropicList(models) : openAiList(models));
    },
    retrieveModel: async (request, response) => {
      if (await forwardPlaced(request, response, deps.placement)) return;
      const wanted = request.params["id"] ?? "";
      const model = (await modelsOf(deps)).find(({ id }) => id === wanted);
      if (model === undefined) throw unknownModel();
      sendJson(response, 200, isForAnthropic(request) ? anthropicModel(model) : openAiModel(model));
    },
  };
}

async function modelsOf({ models, modelsOfEngines, aliases }: ModelsDeps): Promise<readonly Model[]> {
  const [ids, ofEngines] = await Promise.all([models.list(), modelsOfEngines()]);
  const own = ids.map((id) => ({ id: `kiro/${id}`, name: `Kiro: ${id}`, owner: KIRO }));
  const others = ofEngines.map(({ id, name, engine }) => ({ id, name, owner: engine }));
  const named = Object.entries(aliases()).map(([id, target]) => {
    const [owner = KIRO] = target.split("/");
    return { id, name: `${id} (${target})`, owner };
  });
  return [{ id: KIRO, name: "Kiro", owner: KIRO }, ...own, ...others, ...named];
}

function isForAnthropic(request: IncomingMessage): boolean {
  return dialectOf(request) === "anthropic";
}

function openAiList(models: readonly Model[]): object {
  return { object: "list", data: models.map(openAiModel) };
}

function openAiModel({ id, owner }: Model): object {
  return { id, object: "model", created: UNKNOWN_TIME, owned_by: owner };
}

/** One page, because the list is short. */
function anthropicList(models: readonly Model[]): object {
  const ends = { first_id: models[0]?.id ?? null, last_id: models.at(-1)?.id ?? null };
  return { data: models.map(anthropicModel), has_more: false, ...ends };
}

function anthropicModel({ id, name }: Model): object {
  return { type: "model", id, display_name: name, created_at: new Date(UNKNOWN_TIME).toISOString() };
}

function unknownModel(): BridgeError {
  return new BridgeError("NOT_FOUND", "There is no model with this ID. GET /v1/models lists those that there are.", {
    field: "model",
    vendorCode: "model_not_found",
  });
}
