import type { IncomingMessage } from "node:http";
import { callerOf } from "../../server/guards/principals.ts";
import { sendJson } from "../../server/http/answers.ts";
import type { Placement } from "../../server/windows/placement.ts";
import type { GatewayHandler } from "../door/operations.ts";
import { readPlaced } from "../door/placedBody.ts";
import type { RecentPlaces } from "../door/recentPlaces.ts";
import type { GatewaySettings } from "../door/settings.ts";
import { idsInMessages, turnOriginOf } from "../door/turnOrigin.ts";
import { withFieldOf } from "../turns/errorFields.ts";
import type { ServeTurn } from "../turns/renderer.ts";
import type { TurnRequest } from "../turns/turn.ts";
import { countTokens } from "./countTokens.ts";
import { MessageRenderer } from "./messageRenderer.ts";
import { readMessageRequest } from "./messageRequest.ts";

export interface MessageHandlersDeps {
  readonly placement: Placement;
  readonly places: RecentPlaces;
  readonly serve: ServeTurn;
  readonly settings: () => Pick<GatewaySettings, "gateways.enforceMaxTokens">;
}

/** `POST /v1/messages` and `POST /v1/messages/count_tokens` (docs/wire-contract.md#109-fields-of-messages). */
export function messageHandlers({
  placement,
  places,
  serve,
  settings,
}: MessageHandlersDeps): Readonly<Record<"createMessage" | "countTokens", GatewayHandler>> {
  return {
    createMessage: async (request, response) => {
      const placed = await readPlaced(request, response, placement, {
        parse: (json) =>
          readMessageRequest(json, { ...turnOriginOf(request), betas: betasOf(request), settings: settings() }),
        idsIn: ({ turn }) => idsInMessages(turn.messages),
        isStream: ({ isStream }) => isStream,
        repeated: { places, keyOf: ({ turn }) => turn.replayKey },
      });
      if (placed === undefined) return;
      const { body: asked, ...place } = placed;
      const { isStream, ignored, thinking } = asked;
      const turn = { ...asked.turn, ...place, caller: callerOf(request, "anthropic") };
      const renderer = new MessageRenderer({ model: turn.model, thinking });
      try {
        await serve({ request, response, turn, isStream, ignored, renderer });
      } catch (error) {
        throw withFieldOf(fieldsOf(turn), error);
      }
    },
    countTokens: async (request, response) => {
      const parse = (json: unknown) => countTokens(json, betasOf(request));
      const placed = await readPlaced(request, response, placement, { parse });
      if (placed === undefined) return;
      const { inputTokens, ignored } = placed.body;
      response.setHeader("x-kiro-bridge-estimated", "input_tokens");
      if (ignored.length > 0) response.setHeader("x-kiro-bridge-ignored", ignored.join(", "));
      sendJson(response, 200, { input_tokens: inputTokens });
    },
  };
}

/** Returns the fields of a request by those of its turn. */
function fieldsOf({ toolChoice }: Pick<TurnRequest, "toolChoice">): Readonly<Record<string, string>> {
  return { schema: typeof toolChoice === "object" ? "tools" : "output_config.format.schema", prompt: "messages" };
}

function betasOf({ headers }: IncomingMessage): string | undefined {
  const betas = headers["anthropic-beta"];
  return betas === undefined ? undefined : String(betas);
}
