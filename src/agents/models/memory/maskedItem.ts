import type { AssistantPart, CallResult, ConversationItem } from "../../../core/models/step.ts";
import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import type { Redactor } from "../../../core/privacy/redactor.ts";

/**
 * Returns an item without the secrets of its texts. Images and opaque parts stay unchanged: the vendor verifies the latter.
 */
export async function maskedItem(item: ConversationItem, redactor: Redactor): Promise<ConversationItem> {
  const text = async (shown: string): Promise<string> => String(await redactor.copy(shown));
  const block = async (shown: PromptBlock): Promise<PromptBlock> =>
    shown.type === "text" ? { ...shown, text: await text(shown.text) } : shown;
  const part = async (shown: AssistantPart): Promise<AssistantPart> => {
    if (shown.type === "opaque") return shown;
    if (shown.type === "text") return { ...shown, text: await text(shown.text) };
    return { ...shown, arguments: await maskedJson(shown.arguments, redactor) };
  };
  const result = async (shown: CallResult): Promise<CallResult> => ({
    ...shown,
    content: await Promise.all(shown.content.map(block)),
  });
  switch (item.role) {
    case "user":
      return { ...item, content: await Promise.all(item.content.map(block)) };
    case "assistant":
      return { ...item, parts: await Promise.all(item.parts.map(part)) };
    case "results":
      return { ...item, results: await Promise.all(item.results.map(result)) };
  }
}

/** Masks the values in a JSON text, which stays JSON; any other text as it is. */
async function maskedJson(text: string, redactor: Redactor): Promise<string> {
  const value = parsed(text);
  if (value === undefined) return String(await redactor.copy(text));
  const masked = JSON.stringify(await redactor.copy(value));
  return masked === JSON.stringify(value) ? text : masked;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
