import { validate } from "../../protocol/validate.ts";
import { inputTokensOf } from "../turns/answer/tokens.ts";
import { readFields } from "../turns/fields.ts";
import { type RequestBody, requestBodyOf } from "../turns/requestBody.ts";
import { clientToolsOf } from "./clientTools.ts";
import { conversationOf } from "./conversation.ts";
import { countTokensFields } from "./messagesFields.ts";
import { countTokensSchema } from "./messagesSchema.ts";

export interface CountedTokens {
  readonly inputTokens: number;
  /** Names of fields without effect. */
  readonly ignored: readonly string[];
}

/**
 * Reads the body of `POST /v1/messages/count_tokens`, and estimates its tokens as for the usage of a message.
 * @throws BridgeError VALIDATION_FAILED with `{field}`
 */
export function countTokens(json: unknown, betas?: string): CountedTokens {
  return tokensOfBody(requestBodyOf(json), betas);
}

/** Estimates the tokens of a body. @throws BridgeError VALIDATION_FAILED with `{field}` */
export function tokensOfBody(raw: RequestBody, betas?: string): CountedTokens {
  const ignored = readFields(betas === undefined ? raw : { ...raw, betas }, countTokensFields);
  const body = validate(countTokensSchema, raw);
  return { inputTokens: inputTokensOf(conversationOf(body), clientToolsOf(body)), ignored };
}
