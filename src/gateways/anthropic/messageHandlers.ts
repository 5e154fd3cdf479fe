import type { IncomingMessage } from "node:http";
import { callerOf } from "../../server/guards/principals.ts";
import { sendJson } from "../../server/http/answers.ts";
import type { Placement } from "../../server/windows/placement.ts";
import { anthropicError } from "../door/errorBodies.ts";
import type { GatewayHandler, GatewayRequest } from "../door/operations.ts";
import { type PlacedExchange, readPlaced } from "../door/placedBody.ts";
import type { RecentPlaces } from "../door/recentPlaces.ts";
import type { GatewaySettings } from "../door/settings.ts";
import { idsInMessages, turnOriginOf } from "../door/turnOrigin.ts";
import { type EngineDoor, headersFor, type PassableBody, shownOf } from "../turns/engines/engineDoor.ts";
import { withFieldOf } from "../turns/errorFields.ts";
import { KIRO } from "../../core/models/agentChoice.ts";
import type { ServeTurn } from "../turns/renderer.ts";
import { requestBodyOf } from "../turns/requestBody.ts";
import type { TurnRequest } from "../turns/turn.ts";
import { type CountedTokens, tokensOfBody } from "./countTokens.ts";
import { MessageRenderer, sentEvent } from "./messageRenderer.ts";
import { type MessageRequest, messageRequestOf } from "./messageRequest.ts";
import { withoutOwnThinking } from "./ownThinking.ts";

export interface MessageHandlersDeps {
  readonly placement: Placement;
  readonly places: RecentPlaces;
  readonly serve: ServeTurn;
  readonly door: EngineDoor;
  readonly settings: () => Pick<GatewaySettings, "gateways.enforceMaxTokens">;
}

/** A request for an agent, or for a model of another protocol. */
interface AskedMessage extends MessageRequest {
  readonly kind: "turn";
  readonly isForModel: boolean;
}

/** Tokens that nobody but the bridge counts. */
interface AskedCount extends CountedTokens {
  readonly kind: "count";
  readonly agent: string;
}

/** `POST /v1/messages` and `POST /v1/messages/count_tokens` (docs/wire-contract.md#109-fields-of-messages). */
export function messageHandlers(
  deps: MessageHandlersDeps,
): Readonly<Record<"createMessage" | "countTokens", GatewayHandler>> {
  const { placement, places, door } = deps;
  return {
    createMessage: async (request, response) => {
      const placed = await readPlaced(request, response, placement, {
        parse: (json) => readMessage(deps, request, json),
        idsIn: (asked) => (asked.kind === "turn" ? idsInMessages(asked.turn.messages) : []),
        isStream: ({ isStream }) => isStream,
        repeated: {
          places,
          keyOf: (asked) => (asked.kind === "pass" || asked.isForModel ? undefined : asked.turn.replayKey),
        },
      });
      if (placed === undefined) return;
      const { body: asked, ...place } = placed;
      if (asked.kind === "turn") await answer(deps, { request, response, asked, place });
      else await passOn(door, "/messages", { request, response, asked, place });
    },
    countTokens: async (request, response) => {
      const parse = (json: unknown) => readCount(door, request, json);
      const placed = await readPlaced(request, response, placement, { parse });
      if (placed === undefined) return;
      const { body: asked, ...place } = placed;
      if (asked.kind === "pass") return passOn(door, "/messages/count_tokens", { request, response, asked, place });
      const { inputTokens, ignored, agent } = asked;
      response.setHeader("x-kiro-agent", agent);
      response.setHeader("x-kiro-bridge-estimated", "input_tokens");
      if (ignored.length > 0) response.setHeader("x-kiro-bridge-ignored", ignored.join(", "));
      sendJson(response, 200, { input_tokens: inputTokens });
    },
  };
}

function readMessage(
  { door, settings }: MessageHandlersDeps,
  request: GatewayRequest,
  json: unknown,
): PassableBody | AskedMessage {
  const body = requestBodyOf(json);
  const passable = door.passable(body, "anthropic");
  if (passable !== undefined) return passable;
  const isForModel = door.select(body) !== undefined;
  const reading = { ...turnOriginOf(request), betas: betasOf(request), settings: settings(), isForModel };
  return { kind: "turn", isForModel, ...messageRequestOf(body, reading) };
}

function readCount(door: EngineDoor, request: GatewayRequest, json: unknown): PassableBody | AskedCount {
  const body = requestBodyOf(json);
  const passable = door.passable(body, "anthropic");
  if (passable !== undefined) return passable;
  return { kind: "count", agent: door.select(body)?.engine.id ?? KIRO, ...tokensOfBody(body, betasOf(request)) };
}

async function answer(
  { serve }: MessageHandlersDeps,
  { request, response, asked, place }: PlacedExchange & { readonly asked: AskedMessage },
): Promise<void> {
  const { isStream, ignored, thinking } = asked;
  const turn = { ...asked.turn, ...place, caller: callerOf(request, "anthropic") };
  const renderer = new MessageRenderer({ model: turn.model, thinking });
  try {
    await serve({ request, response, turn, isStream, ignored, renderer });
  } catch (error) {
    throw withFieldOf(fieldsOf(turn), error);
  }
}

async function passOn(
  { pass }: EngineDoor,
  path: string,
  { request, response, asked, place }: PlacedExchange & { readonly asked: PassableBody },
): Promise<void> {
  await pass({
    ...asked,
    body: withoutOwnThinking(asked.body),
    request,
    response,
    caller: callerOf(request, "anthropic"),
    workspacePath: place.workspacePath,
    wire: "anthropic",
    method: "POST",
    path,
    headers: headersFor(request, ["anthropic-beta", "anthropic-version"]),
    shown: shownOf(asked.body),
    requestIdHeader: "request-id",
    failureEvent: (error, hasBegun) => sentEvent({ type: "error", error: anthropicError(error, hasBegun) }),
  });
}

/** Returns the fields of a request by those of its turn. */
function fieldsOf({ toolChoice }: Pick<TurnRequest, "toolChoice">): Readonly<Record<string, string>> {
  return { schema: typeof toolChoice === "object" ? "tools" : "output_config.format.schema", prompt: "messages" };
}

function betasOf({ headers }: IncomingMessage): string | undefined {
  const betas = headers["anthropic-beta"];
  return betas === undefined ? undefined : String(betas);
}
