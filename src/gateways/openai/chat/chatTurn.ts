import { validate } from "../../../protocol/validate.ts";
import { NO_COUNTERPART } from "../../turns/engines/counterparts.ts";
import { modelParameters } from "../../turns/engines/modelParameters.ts";
import { readFields } from "../../turns/fields.ts";
import { type RequestBody, replayKeyOf, requestBodyOf } from "../../turns/requestBody.ts";
import type { ModelParameters, TurnRequest } from "../../turns/turn.ts";
import { chatFields } from "./chatFields.ts";
import { conversationOf, type FunctionCallIds } from "./chatMessages.ts";
import { chatModelFields } from "./chatModelFields.ts";
import { chatParametersSchema, type ChatRequest, chatRequestSchema } from "./chatRequest.ts";
import { toolsOfTurn } from "./chatTools.ts";

export interface ChatReading {
  /** The deployment in a path of Azure, which is the model. */
  readonly deployment?: string | undefined;
  /** The session that the headers name. */
  readonly session?: string | undefined;
  /** The place that the headers name: a folder or a window. */
  readonly place?: object;
  readonly enforcesMaxTokens: boolean;
  /** True for a model of an engine, which has parameters that agents do not have. */
  readonly isForModel?: boolean;
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
export function readChat(value: unknown, reading: ChatReading): ChatTurn {
  return chatOf(chatBodyOf(value, reading.deployment), reading);
}

/** Returns the body of a chat, with the model that its path names. @throws BridgeError VALIDATION_FAILED */
export function chatBodyOf(value: unknown, deployment: string | undefined): RequestBody {
  const body = requestBodyOf(value);
  return deployment === undefined ? body : { ...body, model: deployment };
}

/** Reads a body. @throws BridgeError VALIDATION_FAILED with `field` */
export function chatOf(
  body: RequestBody,
  { session, place = {}, isForModel = false, ...reading }: ChatReading,
): ChatTurn {
  const ignored = isForModel
    ? readFields(body, chatModelFields, {}, NO_COUNTERPART)
    : readFields(body, chatFields, { "gateways.enforceMaxTokens": reading.enforcesMaxTokens });
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
      ...toolsOfTurn(request, isForModel),
      ...(isForModel && { parameters: parametersOf(body) }),
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

function parametersOf(body: RequestBody): ModelParameters {
  const asked = validate(chatParametersSchema, body);
  const { temperature, top_p: topP, reasoning_effort: effort, parallel_tool_calls: parallel } = asked;
  return modelParameters({ temperature, topP, effort, parallel });
}
