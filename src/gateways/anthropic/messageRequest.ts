import { validate } from "../../protocol/validate.ts";
import type { TurnOrigin } from "../door/turnOrigin.ts";
import { readFields } from "../turns/fields.ts";
import { replayKeyOf, requestBodyOf } from "../turns/requestBody.ts";
import type { TurnRequest } from "../turns/turn.ts";
import { withoutBillingLine } from "./billingLine.ts";
import { clientToolsOf, toolChoiceOf } from "./clientTools.ts";
import type { Thinking } from "./contentBlocks.ts";
import { assertQuestion, conversationOf } from "./conversation.ts";
import { messagesFields } from "./messagesFields.ts";
import { type MessagesBody, messagesSchema } from "./messagesSchema.ts";
import { withoutResumption } from "./resumption.ts";

/** Names the line that is left out to the caller. */
const BILLING_LINE = "x-anthropic-billing-header";

/** The part of a request outside its body, and how to read it. */
export interface MessageReading extends Partial<TurnOrigin> {
  /** The header `anthropic-beta`. */
  readonly betas?: string | undefined;
  /** The settings that give fields an effect. */
  readonly settings?: Parameters<typeof readFields>[2];
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
export function readMessageRequest(json: unknown, { betas, session, place, settings }: MessageReading): MessageRequest {
  const given = requestBodyOf(json);
  const raw = withoutBillingLine(given);
  const ignored = readFields(betas === undefined ? raw : { ...raw, betas }, messagesFields, settings);
  const body = validate(messagesSchema, raw);
  const tools = clientToolsOf(body);
  const toolChoice = toolChoiceOf(body, tools);
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
      ...(named !== undefined && { session: named }),
      replayKey: replayKeyOf("messages", withoutResumption(raw), { ...place, session: named }),
    },
    isStream: body.stream ?? false,
    thinking: thinkingOf(body, tools.length > 0 && toolChoice === "auto"),
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
