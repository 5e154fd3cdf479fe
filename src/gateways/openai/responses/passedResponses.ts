import { BridgeError } from "../../../protocol/errors.ts";
import { quote } from "../../../protocol/validate.ts";
import { callerOf, principalOf } from "../../../server/guards/principals.ts";
import { openAiStreamError } from "../../door/errorBodies.ts";
import type { PlacedExchange } from "../../door/placedBody.ts";
import { type EngineDoor, headersFor, type PassableBody, shownOf } from "../../turns/engines/engineDoor.ts";
import type { PassedRequest } from "../../turns/engines/passToVendor.ts";
import type { RequestBody } from "../../turns/requestBody.ts";
import type { OwnResponses } from "./readRequest.ts";
import { type VendorResponse, VendorResponses } from "./vendorResponses.ts";

type Exchange = Pick<PlacedExchange, "request" | "response">;

/** The responses of engines that have the same protocol, which keep them at their vendors. */
export class PassedResponses {
  readonly #door: EngineDoor;
  readonly #known = new VendorResponses();

  constructor(door: EngineDoor) {
    this.#door = door;
  }

  /** Returns a request that its engine takes as it is: not one that continues a response that the bridge has kept. */
  passable(body: RequestBody, own: OwnResponses): PassableBody | undefined {
    return continuesKept(body, own) ? undefined : this.#door.passable(body, "openai-responses");
  }

  /** @throws BridgeError NOT_FOUND for a request that continues a response of another client */
  async create({ request, response, asked, place }: PlacedExchange & { readonly asked: PassableBody }): Promise<void> {
    const { id: principalId } = principalOf(request);
    const { selected, body } = asked;
    const { previous_response_id: previousId } = body;
    if (typeof previousId === "string" && this.#known.isOfAnother(principalId, previousId)) throw notKept(previousId);
    await this.#door.pass({
      ...commonOf({ request, response }),
      ...asked,
      workspacePath: place.workspacePath,
      method: "POST",
      path: "/responses",
      shown: shownOf(body),
      onBytes: this.#known.watch({ principalId, engineId: selected.engine.id, model: selected.model }),
    });
  }

  /** Returns a response that a vendor has given to this principal. */
  get(principalId: string, responseId: string): VendorResponse | undefined {
    return this.#known.get(principalId, responseId);
  }

  /** Passes a request about a response. @param rest the path behind the ID, with the query */
  async ask(
    { request, response }: Exchange,
    { id, known, rest = "" }: { readonly id: string; readonly known: VendorResponse; readonly rest?: string },
  ): Promise<void> {
    const engine = this.#door.engines.list().find((entry) => entry.id === known.engineId);
    if (engine === undefined) throw notKept(id);
    const method = request.method === "POST" || request.method === "DELETE" ? request.method : "GET";
    await this.#door.pass({
      ...commonOf({ request, response }),
      selected: { engine, model: known.model },
      body: undefined,
      isStream: rest.includes("stream=true"),
      method,
      path: `/responses/${id}${rest}`,
      shown: `${method} ${id}`,
    });
  }
}

type Common = Pick<
  PassedRequest,
  "request" | "response" | "caller" | "wire" | "headers" | "requestIdHeader" | "failureEvent"
>;

function commonOf({ request, response }: Exchange): Common {
  return {
    request,
    response,
    caller: callerOf(request, "openai"),
    wire: "openai-responses",
    headers: headersFor(request, ["openai-beta"]),
    requestIdHeader: "x-request-id",
    failureEvent: (error, hasBegun) => {
      const { code, message, param } = openAiStreamError(error, hasBegun);
      return `event: error\ndata: ${JSON.stringify({ type: "error", code, message, param })}\n\n`;
    },
  };
}

function continuesKept({ previous_response_id: previousId, conversation }: RequestBody, own: OwnResponses): boolean {
  if (typeof previousId === "string" && own.get(previousId) !== undefined) return true;
  return typeof conversation === "string" && own.newestOf(conversation) !== undefined;
}

function notKept(id: string): BridgeError {
  return new BridgeError("NOT_FOUND", `There is no response '${quote(id)}'. Send the whole conversation in input.`, {
    field: "previous_response_id",
    vendorCode: "previous_response_not_found",
  });
}
