import type { Disposable } from "../../../base/disposables.ts";
import type { Clock } from "../../../base/clock.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { invalid } from "../../../protocol/validate.ts";
import { callerOf, principalOf } from "../../../server/guards/principals.ts";
import { sendJson, sendLargeJson } from "../../../server/http/answers.ts";
import type { Placement } from "../../../server/windows/placement.ts";
import type { GatewayHandler, GatewayRequest } from "../../door/operations.ts";
import { forwardPlaced, type PlacedExchange, readPlaced } from "../../door/placedBody.ts";
import type { RecentPlaces } from "../../door/recentPlaces.ts";
import type { GatewaySettings } from "../../door/settings.ts";
import { turnOriginOf } from "../../door/turnOrigin.ts";
import type { EngineDoor, PassableBody } from "../../turns/engines/engineDoor.ts";
import type { ServeTurn } from "../../turns/renderer.ts";
import { type RequestBody, replayKeyOf, requestBodyOf } from "../../turns/requestBody.ts";
import type { TurnRequest, TurnResponse } from "../../turns/turn.ts";
import { withFieldOf } from "../../turns/errorFields.ts";
import { answerOf } from "./inputMessages.ts";
import { KeptResponses } from "./keptResponses.ts";
import { PassedResponses } from "./passedResponses.ts";
import {
  type AskedResponse,
  askedResponse,
  idsIn,
  type OwnResponses,
  type ReadBody,
  responseRequestOf,
} from "./readRequest.ts";
import type { ResponseBody } from "./responseBody.ts";
import { ResponseRenderer } from "./responseRenderer.ts";

export interface ResponsesDeps {
  readonly placement: Placement;
  readonly places: RecentPlaces;
  readonly serve: ServeTurn;
  readonly door: EngineDoor;
  readonly settings: () => Pick<GatewaySettings, "gateways.enforceMaxTokens">;
  readonly clock: Clock;
}

/** A request for an agent, or for a model of another protocol. */
interface AskedTurn extends ReadBody {
  readonly kind: "turn";
}

/** `POST /v1/responses`, and the responses that it has kept. */
export class Responses implements Disposable {
  readonly #deps: ResponsesDeps;
  readonly #kept: KeptResponses;
  readonly #passed: PassedResponses;

  constructor(deps: ResponsesDeps) {
    this.#deps = deps;
    this.#kept = new KeptResponses(deps.clock);
    this.#passed = new PassedResponses(deps.door);
  }

  readonly create: GatewayHandler = async (request, response) => {
    const { placement, places } = this.#deps;
    const origin = turnOriginOf(request);
    const placed = await readPlaced(request, response, placement, {
      parse: (body) => this.#read(principalOf(request).id, requestBodyOf(body)),
      idsIn: (read) => (read.kind === "pass" ? [] : idsIn(read)),
      isStream: (read) => (read.kind === "pass" ? read.isStream : (read.request.stream ?? false)),
      repeated: {
        places,
        keyOf: (read) =>
          read.kind === "pass" || read.isForModel ? undefined : replayKeyOf("createResponse", read.body, origin),
      },
    });
    if (placed === undefined) return;
    const { body: read, ...place } = placed;
    if (read.kind === "pass") await this.#passed.create({ request, response, asked: read, place });
    else await this.#answer(read, { request, response, place });
  };

  #read(principalId: string, body: RequestBody): PassableBody | AskedTurn {
    const { door, settings } = this.#deps;
    const passable = this.#passed.passable(body, ownOf(this.#kept, principalId));
    if (passable !== undefined) return passable;
    const isForModel = door.select(body) !== undefined;
    return { kind: "turn", ...responseRequestOf(body, { settings: settings(), isForModel }) };
  }

  async #answer(read: ReadBody, { request, response, place }: PlacedExchange): Promise<void> {
    const { serve } = this.#deps;
    const origin = turnOriginOf(request);
    const { id } = principalOf(request);
    const asked = askedResponse(read, ownOf(this.#kept, id));
    const { isStream } = asked;
    const renderer = new ResponseRenderer({ ...asked, onUpdate: (body, told) => this.#keep(id, asked, body, told) });
    const session = origin.session ?? asked.turn.session;
    const turn = {
      ...asked.turn,
      ...place,
      ...(session !== undefined && { session }),
      caller: callerOf(request),
      replayKey: replayKeyOf("createResponse", read.body, { ...origin, session }),
    };
    try {
      await serve({ request, response, turn, isStream, ignored: read.ignored, renderer });
    } catch (error) {
      throw withFieldOf({ messages: "input", schema: schemaFieldOf(turn) }, error);
    } finally {
      renderer.cancel();
    }
  }

  readonly retrieve: GatewayHandler = async (request, response) => {
    const id = idOf(request);
    const { search, searchParams } = new URL(request.url ?? "", "http://localhost");
    const { id: principalId } = principalOf(request);
    const known = this.#passed.get(principalId, id);
    if (known !== undefined) return this.#passed.ask({ request, response }, { id, known, rest: search });
    if (searchParams.get("stream") === "true") {
      const detail = "only responses in the background can be streamed again. Omit stream.";
      throw invalid("stream", "unsupported", "no stream", "true", detail);
    }
    if (await forwardPlaced(request, response, this.#deps.placement, id)) return;
    const kept = this.#kept.get(principalId, id);
    if (kept === undefined) throw notKept();
    await sendLargeJson(response, 200, kept.body);
  };

  readonly remove: GatewayHandler = async (request, response) => {
    const id = idOf(request);
    const { id: principalId } = principalOf(request);
    const known = this.#passed.get(principalId, id);
    if (known !== undefined) return this.#passed.ask({ request, response }, { id, known });
    if (await forwardPlaced(request, response, this.#deps.placement, id)) return;
    if (!this.#kept.delete(principalId, id)) throw notKept();
    sendJson(response, 200, { id, object: "response", deleted: true });
  };

  /** Only a vendor has responses in the background. With 400 for others: clients repeat requests after a 501. */
  readonly cancel: GatewayHandler = async (request, response) => {
    const id = idOf(request);
    const known = this.#passed.get(principalOf(request).id, id);
    if (known !== undefined) return this.#passed.ask({ request, response }, { id, known, rest: "/cancel" });
    const message =
      "Only responses in the background can be cancelled. Close the connection of a request to cancel it.";
    throw new BridgeError("VALIDATION_FAILED", message, { rule: "unsupported", vendorCode: "unsupported_operation" });
  };

  dispose(): void {
    this.#kept.dispose();
  }

  /** Keeps a response from the beginning of its stream on, unless it is deleted before its end. */
  #keep(principalId: string, asked: AskedResponse, body: ResponseBody, { id, key }: TurnResponse): void {
    if (!asked.echo.isKept) return;
    const isKnown = this.#kept.get(principalId, body.id) !== undefined;
    // A repeated request gets the response of the first one.
    if (body.status === "in_progress" ? isKnown : asked.isStream && !isKnown) return;
    const conversation = {
      id: asked.echo.conversationId ?? `conv_${id}`,
      instructions: asked.echo.instructions,
      messages: [...asked.messages, answerOf(body.output, key)],
    };
    const isComplete = body.status === "completed" || body.status === "incomplete";
    this.#kept.keep(principalId, { body, ...(isComplete && { conversation }) });
  }
}

function ownOf(kept: KeptResponses, principalId: string): OwnResponses {
  return {
    get: (id) => kept.get(principalId, id),
    newestOf: (id) => kept.newestOf(principalId, id),
    findItem: (id) => kept.findItem(principalId, id),
  };
}

function idOf({ params }: GatewayRequest): string {
  return params["id"] ?? "";
}

/** Returns the field with the schema of the answer. */
function schemaFieldOf({ toolChoice }: Pick<TurnRequest, "toolChoice">): string {
  return typeof toolChoice === "object" ? "tools" : "text.format.schema";
}

function notKept(): BridgeError {
  const message =
    "There is no response with this ID. Responses are kept for an hour, unless their request has 'store: false'.";
  return new BridgeError("NOT_FOUND", message, { field: "response_id", vendorCode: "response_not_found" });
}
