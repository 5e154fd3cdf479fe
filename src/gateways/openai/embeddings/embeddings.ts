import { BridgeError } from "../../../protocol/errors.ts";
import { callerOf } from "../../../server/guards/principals.ts";
import { sendLargeJson } from "../../../server/http/answers.ts";
import type { Placement } from "../../../server/windows/placement.ts";
import type { GatewayHandler } from "../../door/operations.ts";
import { type PlacedExchange, readPlaced } from "../../door/placedBody.ts";
import type { EmbedInput, EmbedTexts } from "../../turns/engines/embedTexts.ts";
import type { EngineDoor } from "../../turns/engines/engineDoor.ts";
import { requestBodyOf } from "../../turns/requestBody.ts";
import { embeddingBody } from "./embeddingBody.ts";
import { type AskedEmbeddings, readEmbeddings } from "./embeddingRequest.ts";

export interface EmbeddingsDeps {
  readonly placement: Placement;
  readonly door: EngineDoor;
  readonly embed: EmbedTexts;
}

/** `POST /v1/embeddings`, and the same at the path of Azure. */
export function embeddings({ placement, door, embed }: EmbeddingsDeps): GatewayHandler {
  return async (request, response) => {
    const deployment = request.params["model"];
    const placed = await readPlaced(request, response, placement, {
      parse: (value) => {
        const body = requestBodyOf(value);
        return readEmbeddings(deployment === undefined ? body : { ...body, model: deployment });
      },
    });
    if (placed === undefined) return;
    const { body: asked, ...place } = placed;
    await embed(inputOf(door, asked, { request, response, place }), async (result) => {
      if (asked.ignored.length > 0) response.setHeader("x-kiro-bridge-ignored", asked.ignored.join(", "));
      await sendLargeJson(response, 200, embeddingBody(result, asked.isBase64));
    });
  };
}

/** @throws BridgeError VALIDATION_FAILED if nobody computes embeddings with this model: clients repeat a 501 */
function inputOf(door: EngineDoor, asked: AskedEmbeddings, { request, response, place }: PlacedExchange): EmbedInput {
  const selected = door.select({ model: asked.model });
  if (selected?.engine.hasEmbeddings !== true) throw noEmbeddings(door);
  return {
    request,
    response,
    caller: callerOf(request, "openai"),
    selected,
    asked,
    workspacePath: place.workspacePath,
  };
}

function noEmbeddings({ engines }: EngineDoor): BridgeError {
  const able = engines.list().flatMap(({ id, hasEmbeddings }) => (hasEmbeddings ? [`'${id}/<model>'`] : []));
  const advice =
    able.length === 0
      ? "Agents compute none, and there is no engine that does: add one with 'Kiro Bridge: Add Model…'."
      : `Agents compute none. Use ${able.join(" or ")}.`;
  const message = `This model computes no embeddings. ${advice}`;
  return new BridgeError("VALIDATION_FAILED", message, {
    field: "model",
    rule: "unsupported",
    vendorCode: "unsupported_operation",
  });
}
