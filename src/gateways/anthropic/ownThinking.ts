import type { Json } from "../../protocol/values.ts";
import type { RequestBody } from "../turns/requestBody.ts";
import { isOwnKey } from "../turns/session/ownKeys.ts";

/**
 * Returns a body without the thinking that the bridge has signed, which a vendor would reject: a client may go on with a model
 * after an agent.
 */
export function withoutOwnThinking(body: RequestBody): RequestBody {
  const { messages } = body;
  if (!isList(messages)) return body;
  let hasChanged = false;
  const cleaned = messages.map((message) => {
    const content = contentOf(message);
    const kept = content?.filter((block) => !isOwnThinking(block));
    if (kept === undefined || kept.length === content?.length) return message;
    hasChanged = true;
    return { ...Object(message), content: kept };
  });
  return hasChanged ? { ...body, messages: cleaned } : body;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function contentOf(message: Json): readonly Json[] | undefined {
  const content = memberOf(message, "content");
  return isList(content) ? content : undefined;
}

function isOwnThinking(block: Json): boolean {
  const type = memberOf(block, "type");
  return type === "thinking" && isOwnKey(memberOf(block, "signature"));
}

function memberOf(value: Json, name: string): Json | undefined {
  return typeof value === "object" && value !== null && !isList(value) ? value[name] : undefined;
}
