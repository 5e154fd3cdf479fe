import { BridgeError } from "../../../protocol/errors.ts";
import { invalid, quote, validate } from "../../../protocol/validate.ts";
import { NO_COUNTERPART } from "../../turns/engines/counterparts.ts";
import { modelParameters } from "../../turns/engines/modelParameters.ts";
import { type FieldSettings, readFields } from "../../turns/fields.ts";
import { type RequestBody, requestBodyOf } from "../../turns/requestBody.ts";
import type { Message, ModelParameters, TurnRequest } from "../../turns/turn.ts";
import { messagesOf } from "./inputMessages.ts";
import type { KeptConversation, KeptResponses } from "./keptResponses.ts";
import type { ResponseEcho } from "./responseBody.ts";
import { responseFields } from "./responseFields.ts";
import { responseModelFields } from "./responseModelFields.ts";
import { responseParametersSchema, type ResponseRequest, responseRequestSchema } from "./responseRequest.ts";
import { ResponseTools } from "./responseTools.ts";

/** The kept responses, as one principal sees them. */
export type OwnResponses = {
  readonly [Method in "get" | "newestOf" | "findItem"]: (id: string) => ReturnType<KeptResponses[Method]>;
};

/** The body of a request, whose references to earlier responses have not been followed yet. */
export interface ReadBody {
  readonly body: RequestBody;
  readonly request: ResponseRequest;
  /** True for a model of an engine, which has parameters that agents do not have. */
  readonly isForModel: boolean;
  /** Names of fields without effect. */
  readonly ignored: readonly string[];
}

/** A request for a response, with the conversation that it goes on with. */
export interface AskedResponse {
  readonly turn: Pick<
    TurnRequest,
    "model" | "messages" | "tools" | "toolChoice" | "answerSchema" | "stop" | "maxTokens" | "session" | "parameters"
  >;
  readonly isStream: boolean;
  readonly tools: ResponseTools;
  readonly echo: ResponseEcho;
  /** True to tell the client the key of the session. */
  readonly hasKey: boolean;
  /** The conversation up to the answer, without `instructions`. */
  readonly messages: readonly Message[];
}

/**
 * Reads the body of `POST /v1/responses`.
 * @throws BridgeError VALIDATION_FAILED with `field`
 */
export function readResponseRequest(value: unknown, settings?: FieldSettings): ReadBody {
  return responseRequestOf(requestBodyOf(value), { settings });
}

/** Reads a body. @throws BridgeError VALIDATION_FAILED with `field` */
export function responseRequestOf(
  body: RequestBody,
  { settings, isForModel = false }: { readonly settings?: FieldSettings | undefined; readonly isForModel?: boolean },
): ReadBody {
  const ignored = isForModel
    ? readFields(body, responseModelFields, {}, NO_COUNTERPART)
    : readFields(body, responseFields, settings);
  return { body, ignored, isForModel, request: validate(responseRequestSchema, body) };
}

/** Returns the IDs and keys in a request that the bridge may have given out, the newest first. */
export function* idsIn({ request }: Pick<ReadBody, "request">): Iterable<string> {
  const { previous_response_id: previousId, conversation, input } = request;
  if (previousId) yield previousId;
  if (conversation) yield conversation.id;
  for (const item of input?.toReversed() ?? []) {
    if (item.type === "item_reference") yield item.id;
    if (item.type === "reasoning" && item.encrypted_content) yield item.encrypted_content;
    if ("call_id" in item) yield item.call_id;
  }
}

/**
 * Completes a request by what it refers to.
 * @throws BridgeError VALIDATION_FAILED with `field`; NOT_FOUND for a response or a conversation that is not kept
 */
export function askedResponse({ body, request, isForModel }: ReadBody, own: OwnResponses): AskedResponse {
  const earlier = earlierOf(request, own);
  const tools = new ResponseTools(request, isForModel);
  const messages = [...(earlier?.messages ?? []), ...newMessagesOf(request, own)];
  // An agent keeps its instructions, so a conversation goes on with them unless the request has others.
  const instructions = request.instructions ?? earlier?.instructions;
  const system: readonly Message[] = instructions ? [{ role: "system", text: instructions }] : [];
  return {
    turn: {
      ...settingsOf(request),
      ...(isForModel && { parameters: parametersOf(body) }),
      messages: [...system, ...messages],
      tools: tools.list,
      toolChoice: tools.choice,
    },
    isStream: request.stream ?? false,
    tools,
    echo: {
      request: body,
      instructions,
      previousId: request.previous_response_id ?? undefined,
      conversationId: earlier?.id,
      isKept: request.store ?? true,
    },
    hasKey: !isForModel && (tools.list.length > 0 || (request.include ?? []).includes("reasoning.encrypted_content")),
    messages,
  };
}

function newMessagesOf({ input }: ResponseRequest, own: OwnResponses): readonly Message[] {
  const messages = messagesOf(input ?? [], own.findItem);
  if (messages.length > 0) return messages;
  throw invalid("input", "required", "a text, or items", input ? "nothing" : "undefined");
}

/** Finds the conversation that a request goes on with. */
function earlierOf(asked: ResponseRequest, own: OwnResponses): KeptConversation | undefined {
  const { previous_response_id: previousId, conversation } = asked;
  if (typeof previousId === "string") {
    if (conversation) throw invalid("conversation", "exclusive", "either this or previous_response_id", "both");
    const previous = own.get(previousId);
    if (previous === undefined) throw notKept("previous_response_id", "response", previousId);
    if (previous.conversation === undefined) throw notComplete(previous.body.status);
    return previous.conversation;
  }
  if (!conversation) return undefined;
  const newest = own.newestOf(conversation.id);
  if (newest === undefined) throw notKept("conversation", "conversation", conversation.id);
  return newest.conversation;
}

function notKept(field: string, what: string, id: string): BridgeError {
  const message = `There is no ${what} '${quote(id)}'. They are kept for an hour, unless their request has 'store: false'. Send the whole conversation in input.`;
  return new BridgeError("NOT_FOUND", message, { field, vendorCode: "previous_response_not_found" });
}

function notComplete(status: string): BridgeError {
  const detail = `the response is not complete (${status}). Send the whole conversation in input.`;
  return invalid("previous_response_id", "incomplete", "a complete response", status, detail);
}

function settingsOf(asked: ResponseRequest): Omit<AskedResponse["turn"], "messages" | "tools" | "toolChoice"> {
  const session = asked.metadata?.kiro_session;
  const schema = schemaOf(asked);
  return {
    model: asked.model,
    stop: asked.stop ?? [],
    ...(schema !== undefined && { answerSchema: schema }),
    ...(typeof asked.max_output_tokens === "number" && { maxTokens: asked.max_output_tokens }),
    ...(typeof session === "string" && { session }),
  };
}

function schemaOf({ text }: ResponseRequest): TurnRequest["answerSchema"] {
  switch (text?.format?.type) {
    case "json_schema":
      return text.format.schema;
    case "json_object":
      return {};
    default:
      return undefined;
  }
}

function parametersOf(body: RequestBody): ModelParameters {
  const asked = validate(responseParametersSchema, body);
  const { temperature, top_p: topP, parallel_tool_calls: parallel, reasoning } = asked;
  return modelParameters({ temperature, topP, effort: reasoning?.effort, parallel });
}
