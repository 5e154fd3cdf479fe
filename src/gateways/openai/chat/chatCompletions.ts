import { callerOf, principalOf } from "../../../server/guards/principals.ts";
import type { Placement } from "../../../server/windows/placement.ts";
import { openAiStreamError } from "../../door/errorBodies.ts";
import type { GatewayHandler, GatewayRequest } from "../../door/operations.ts";
import { type PlacedExchange, readPlaced } from "../../door/placedBody.ts";
import type { RecentPlaces } from "../../door/recentPlaces.ts";
import type { GatewaySettings } from "../../door/settings.ts";
import { idsInMessages, turnOriginOf } from "../../door/turnOrigin.ts";
import { type EngineDoor, headersFor, type PassableBody, shownOf } from "../../turns/engines/engineDoor.ts";
import { withFieldOf } from "../../turns/errorFields.ts";
import type { ServeTurn } from "../../turns/renderer.ts";
import type { TurnRequest } from "../../turns/turn.ts";
import { sentData } from "./chatBodies.ts";
import { ChatRenderer } from "./chatRenderer.ts";
import { chatBodyOf, chatOf, type ChatTurn } from "./chatTurn.ts";
import { FunctionCalls } from "./functionCalls.ts";

export interface ChatCompletionsDeps {
  readonly placement: Placement;
  readonly places: RecentPlaces;
  readonly serve: ServeTurn;
  readonly door: EngineDoor;
  readonly settings: () => Pick<GatewaySettings, "gateways.enforceMaxTokens">;
}

/** A request for an agent, or for a model of another protocol. */
interface AskedTurn extends ChatTurn {
  readonly kind: "turn";
  readonly isForModel: boolean;
}

/** `POST /v1/chat/completions`, and the same at the paths of Azure. */
export function chatCompletions(deps: ChatCompletionsDeps): GatewayHandler {
  const { placement, places, settings, door } = deps;
  const functionCalls = new FunctionCalls();
  const read = (request: GatewayRequest, value: unknown): PassableBody | AskedTurn => {
    const body = chatBodyOf(value, request.params["model"]);
    const passable = door.passable(body, "openai-chat");
    if (passable !== undefined) return passable;
    const isForModel = door.select(body) !== undefined;
    const enforcesMaxTokens = settings()["gateways.enforceMaxTokens"];
    const ids = functionCalls.of(principalOf(request).id);
    return {
      kind: "turn",
      isForModel,
      ...chatOf(body, { ...turnOriginOf(request), enforcesMaxTokens, ids, isForModel }),
    };
  };
  return async (request, response) => {
    const placed = await readPlaced(request, response, placement, {
      parse: (value) => read(request, value),
      idsIn: (asked) => (asked.kind === "turn" ? idsInMessages(asked.turn.messages) : []),
      isStream: ({ isStream }) => isStream,
      repeated: {
        places,
        keyOf: (asked) => (asked.kind === "pass" || asked.isForModel ? undefined : asked.turn.replayKey),
      },
    });
    if (placed === undefined) return;
    const { body: asked, ...place } = placed;
    if (asked.kind === "turn") await answer(deps, functionCalls, { request, response, chat: asked, place });
    else await passOn(door, { request, response, asked, place });
  };
}

async function answer(
  { serve }: ChatCompletionsDeps,
  functionCalls: FunctionCalls,
  { request, response, chat, place }: PlacedExchange & { readonly chat: ChatTurn },
): Promise<void> {
  const { isStream, ignored } = chat;
  const turn = { ...chat.turn, ...place, caller: callerOf(request, "openai") };
  const renderer = new ChatRenderer({
    ...chat,
    model: turn.model,
    onFunctionCall: (call) => functionCalls.remember(principalOf(request).id, turn.messages, call),
  });
  try {
    await serve({ request, response, turn, isStream, ignored, renderer });
  } catch (error) {
    throw withFieldOf(fieldsOf(turn), error);
  }
}

async function passOn(
  { pass }: EngineDoor,
  { request, response, asked, place }: PlacedExchange & { readonly asked: PassableBody },
): Promise<void> {
  await pass({
    ...asked,
    request,
    response,
    caller: callerOf(request, "openai"),
    workspacePath: place.workspacePath,
    wire: "openai-chat",
    method: "POST",
    path: "/chat/completions",
    headers: headersFor(request, ["openai-beta"]),
    shown: shownOf(asked.body),
    requestIdHeader: "x-request-id",
    failureEvent: (error, hasBegun) => sentData({ error: openAiStreamError(error, hasBegun) }),
  });
}

/** Returns the fields of a request by those of its turn. */
function fieldsOf({ toolChoice }: Pick<TurnRequest, "toolChoice">): Readonly<Record<string, string>> {
  return {
    schema: typeof toolChoice === "object" ? "tools" : "response_format.json_schema.schema",
    prompt: "messages",
  };
}
