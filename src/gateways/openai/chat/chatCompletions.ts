import type { IncomingMessage } from "node:http";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import { callerOf, principalOf } from "../../../server/guards/principals.ts";
import type { Placement } from "../../../server/windows/placement.ts";
import type { GatewayHandler } from "../../door/operations.ts";
import { readPlaced } from "../../door/placedBody.ts";
import type { GatewaySettings } from "../../door/settings.ts";
import type { ServeTurn } from "../../turns/renderer.ts";
import type { Message, TurnRequest } from "../../turns/turn.ts";
import { ChatRenderer } from "./chatRenderer.ts";
import { readChat } from "./chatTurn.ts";
import { FunctionCalls } from "./functionCalls.ts";

export interface ChatCompletionsDeps {
  readonly placement: Placement;
  readonly serve: ServeTurn;
  readonly settings: () => Pick<GatewaySettings, "gateways.enforceMaxTokens">;
}

/** `POST /v1/chat/completions`, and the same at the paths of Azure. */
export function chatCompletions({ placement, serve, settings }: ChatCompletionsDeps): GatewayHandler {
  const functionCalls = new FunctionCalls();
  return async (request, response) => {
    const { id } = principalOf(request);
    const placed = await readPlaced(request, response, placement, {
      parse: (body) =>
        readChat(body, {
          deployment: request.params["model"],
          ...headersOf(request),
          enforcesMaxTokens: settings()["gateways.enforceMaxTokens"],
          ids: functionCalls.of(id),
        }),
      idsIn: ({ turn }) => callIdsIn(turn.messages),
      isStream: ({ isStream }) => isStream,
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
      throw withField(error, turn);
    }
  };
}

/** Returns an error about the schema of the answer with the field of this API. */
function withField(error: unknown, { toolChoice }: Pick<TurnRequest, "toolChoice">): unknown {
  if (!isBridgeError(error) || error.context?.["field"] !== "schema") return error;
  const field = typeof toolChoice === "object" ? "tools" : "response_format.json_schema.schema";
  const message = error.message.replace(/^schema(?=:)/, field);
  return new BridgeError(error.code, message, { ...error.context, field });
}

function headersOf({ headers }: IncomingMessage) {
  const session = headers["x-kiro-session"];
  return {
    session: session === undefined ? undefined : String(session),
    place: { window: headers["x-kiro-window"], folder: headers["x-kiro-workspace"] },
  };
}

/** Returns the IDs of the calls in a conversation, the newest first. */
function* callIdsIn(messages: readonly Message[]): Iterable<string> {
  for (const message of messages.toReversed()) {
    if (message.role === "tool") yield message.callId;
    if (message.role === "assistant") for (const { id } of message.calls) yield id;
  }
}
