import { validate } from "../../protocol/validate.ts";
import type { TurnOrigin } from "../door/turnOrigin.ts";
import { NO_COUNTERPART } from "../turns/engines/counterparts.ts";
import { modelParameters } from "../turns/engines/modelParameters.ts";
import { type FieldSettings, readFields } from "../turns/fields.ts";
import { type RequestBody, replayKeyOf, requestBodyOf } from "../turns/requestBody.ts";
import type { ModelParameters, TurnRequest } from "../turns/turn.ts";
import { withoutBillingLine } from "./billingLine.ts";
import { clientToolsOf, toolChoiceOf } from "./clientTools.ts";
import type { Thinking } from "./contentBlocks.ts";
import { assertQuestion, conversationOf } from "./conversation.ts";
import { messageModelFields } from "./messageModelFields.ts";
import { messagesFields } from "./messagesFields.ts";
import { messageParametersSchema, type MessagesBody, messagesSchema } from "./messagesSchema.ts";
import { withoutResumption } from "./resumption.ts";

/** Names the line that is left out to the caller. */
const BILLING_LINE = "x-anthropic-billing-header";

/** The part of a request outside its body, and how to read it. */
export interface MessageReading extends Partial<TurnOrigin> {
  /** The header `anthropic-beta`. */
  readonly betas?: string | undefined;
  /** The settings that give fields an effect. */
  readonly settings?: FieldSettings;
  /** True for a model of an engine, which has parameters that agents do not have. */
  readonly isForModel?: boolean;
}

export interface MessageRequest {
  readonly turn: Omit<TurnRequest, "caller" | "workspacePath" | "idempotencyKey">;
  readonly isStream: boolean;
  readonly thinking: Thinking;
  /** Names of fields without effect. */
  readonly ignored: readonly string[];
}

/**
 * Reads the body of `POST /v1/messages`.
 * @throws BridgeError VALIDATION_FAILED with `{field}`
 */
export function readMessageRequest(json: unknown, reading: MessageReading): MessageRequest {
  return messageRequestOf(requestBodyOf(json), reading);
}

/** Reads a body. @throws BridgeError VALIDATION_FAILED with `{field}` */
export function messageRequestOf(given: RequestBody, reading: MessageReading): MessageRequest {
  const { session, place, isForModel = false } = reading;
  const raw = withoutBillingLine(given);
  const ignored = ignoredIn(raw, reading);
  const body = validate(messagesSchema, raw);
  const tools = clientToolsOf(body);
  const toolChoice = toolChoiceOf(body, tools, isForModel);
  const messages = conversationOf(body);
  assertQuestion(messages);
  const answerSchema = (body.output_config?.format ?? body.output_format)?.schema;
  const named = session ?? body.metadata?.kiro_session ?? undefined;
  return {
    turn: {
      model: body.model,
      messages,
      tools,
      toolChoice,
      ...(answerSchema !== undefined && { answerSchema }),
      stop: body.stop_sequences ?? [],
      maxTokens: body.max_tokens,
      ...(isForModel && { parameters: parametersOf(raw) }),
      ...(named !== undefined && { session: named }),
      replayKey: replayKeyOf("messages", withoutResumption(raw), { ...place, session: named }),
    },
    isStream: body.stream ?? false,
    thinking: isForModel ? reasoningOf(body) : thinkingOf(body, tools.length > 0 && toolChoice === "auto"),
    ignored: raw === given ? ignored : [...ignored, BILLING_LINE],
  };
}

/**
 * Selects the thinking blocks: those that the caller asks for, and the key alone for callers with tools, which send the whole
 * conversation back. Others expect that the first block is the text.
 */
function thinkingOf({ thinking }: MessagesBody, hasTools: boolean): Thinking {
  if (!thinking) return hasTools ? "key" : "none";
  if (thinking.type === "disabled") return "none";
  return thinking.display === "omitted" ? "key" : "activity";
}

/** Selects the blocks with the reasoning of a model, which has no session that a key could select. */
function reasoningOf(body: MessagesBody): Thinking {
  return thinkingOf(body, false) === "activity" ? "activity" : "none";
}

function ignoredIn(raw: RequestBody, { betas, settings, isForModel = false }: MessageReading): readonly string[] {
  const body = betas === undefined ? raw : { ...raw, betas };
  if (isForModel) return readFields(body, messageModelFields, {}, NO_COUNTERPART);
  return readFields(body, messagesFields, settings);
}

function parametersOf(raw: RequestBody): ModelParameters {
  const asked = validate(messageParametersSchema, raw);
  const { temperature, top_p: topP, output_config: output, tool_choice: choice } = asked;
  const parallel = choice?.disable_parallel_tool_use === true ? false : undefined;
  return modelParameters({ temperature, topP, effort: output?.effort, parallel });
}
