import { validate } from "../../../protocol/validate.ts";
import { readFields } from "../../turns/fields.ts";
import { replayKeyOf, requestBodyOf } from "../../turns/requestBody.ts";
import type { TurnRequest } from "../../turns/turn.ts";
import { chatFields } from "./chatFields.ts";
import { conversationOf, type FunctionCallIds } from "./chatMessages.ts";
import { type ChatRequest, chatRequestSchema } from "./chatRequest.ts";
import { toolsOfTurn } from "./chatTools.ts";

export interface ChatReading {
  /** The deployment in a path of Azure, which is the model. */
  readonly deployment?: string | undefined;
  /** The session that the headers name. */
  readonly session?: string | undefined;
  /** The place that the headers name: a folder or a window. */
  readonly place?: object;
  readonly enforcesMaxTokens: boolean;
  readonly ids: FunctionCallIds;
}

/** A request for a chat completion, as the turns and the renderer need it. */
export interface ChatTurn {
  readonly turn: Omit<TurnRequest, "caller" | "workspacePath" | "idempotencyKey">;
  readonly isStream: boolean;
  /** True to end the stream with a chunk of the usage. */
  readonly includesUsage: boolean;
  /** True if the caller knows calls in the older form alone, `function_call`. */
  readonly isOlderForm: boolean;
  /** See `readFields`. */
  readonly ignored: readonly string[];
}

/**
 * Reads the body of `POST /v1/chat/completions`.
 * @throws BridgeError VALIDATION_FAILED with `field`
 */
export function readChat(value: unknown, { deployment, session, place = {}, ...reading }: ChatReading): ChatTurn {
  const given = requestBodyOf(value);
  const body = deployment === undefined ? given : { ...given, model: deployment };
  const ignored = readFields(body, chatFields, { "gateways.enforceMaxTokens": reading.enforcesMaxTokens });
  const request = validate(chatRequestSchema, body);
  const { stop, stream, stream_options: options, metadata } = request;
  const named = session ?? metadata?.kiro_session;
  const maxTokens = request.max_completion_tokens ?? request.max_tokens;
  const schema = answerSchemaOf(request);
  const isOlderForm = !request.tools && Boolean(request.functions);
  return {
    turn: {
      model: request.model,
      messages: conversationOf(request.messages, reading.ids),
      ...toolsOfTurn(request),
      stop: typeof stop === "string" ? [stop] : (stop ?? []),
      ...(schema !== undefined && { answerSchema: schema }),
      ...(isOlderForm && { takesOneCall: true }),
      ...(maxTokens && { maxTokens }),
      ...(named && { session: named }),
      replayKey: replayKeyOf("chatCompletions", body, { ...place, session: named }),
    },
    isStream: stream === true,
    includesUsage: options?.include_usage === true,
    isOlderForm,
    ignored,
  };
}

function answerSchemaOf({ response_format: format }: ChatRequest): TurnRequest["answerSchema"] {
  if (format?.type === "json_object") return {};
  return format?.type === "json_schema" ? (format.json_schema.schema ?? {}) : undefined;
}
