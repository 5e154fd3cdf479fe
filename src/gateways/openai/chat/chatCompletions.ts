import { callerOf, principalOf } from "../../../server/guards/principals.ts";
import type { Placement } from "../../../server/windows/placement.ts";
import type { GatewayHandler } from "../../door/operations.ts";
import { readPlaced } from "../../door/placedBody.ts";
import type { RecentPlaces } from "../../door/recentPlaces.ts";
import type { GatewaySettings } from "../../door/settings.ts";
import { idsInMessages, turnOriginOf } from "../../door/turnOrigin.ts";
import { withFieldOf } from "../../turns/errorFields.ts";
import type { ServeTurn } from "../../turns/renderer.ts";
import type { TurnRequest } from "../../turns/turn.ts";
import { ChatRenderer } from "./chatRenderer.ts";
import { readChat } from "./chatTurn.ts";
import { FunctionCalls } from "./functionCalls.ts";

export interface ChatCompletionsDeps {
  readonly placement: Placement;
  readonly places: RecentPlaces;
  readonly serve: ServeTurn;
  readonly settings: () => Pick<GatewaySettings, "gateways.enforceMaxTokens">;
}

/** `POST /v1/chat/completions`, and the same at the paths of Azure. */
export function chatCompletions({ placement, places, serve, settings }: ChatCompletionsDeps): GatewayHandler {
  const functionCalls = new FunctionCalls();
  return async (request, response) => {
    const { id } = principalOf(request);
    const placed = await readPlaced(request, response, placement, {
      parse: (body) =>
        readChat(body, {
          deployment: request.params["model"],
          ...turnOriginOf(request),
          enforcesMaxTokens: settings()["gateways.enforceMaxTokens"],
          ids: functionCalls.of(id),
        }),
      idsIn: ({ turn }) => idsInMessages(turn.messages),
      isStream: ({ isStream }) => isStream,
      repeated: { places, keyOf: ({ turn }) => turn.replayKey },
    });
    if (placed === undefined) return;
    const { body: chat, ...place } = placed;
    const { isStream, ignored } = chat;
    const turn = { ...chat.turn, ...place, caller: callerOf(request, "openai") };
    const renderer = new ChatRenderer({
      ...chat,
      model: turn.model,
      onFunctionCall: (call) => functionCalls.remember(id, turn.messages, call),
    });
    try {
      await serve({ request, response, turn, isStream, ignored, renderer });
    } catch (error) {
      throw withFieldOf(fieldsOf(turn), error);
    }
  };
}

/** Returns the fields of a request by those of its turn. */
function fieldsOf({ toolChoice }: Pick<TurnRequest, "toolChoice">): Readonly<Record<string, string>> {
  return {
    schema: typeof toolChoice === "object" ? "tools" : "response_format.json_schema.schema",
    prompt: "messages",
  };
}
