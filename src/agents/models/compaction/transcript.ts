import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import type { ConversationItem } from "../../../core/models/step.ts";
import { shortened } from "./shortening.ts";

const LONGEST_DETAIL = 1500;
const LONGEST_REQUEST = 400;

/**
 * Writes items as a text, in parts of at most `maxChars` characters: a model that summarizes it then needs no tools, and
 * cannot mistake it for its own turn.
 * @param current the prompt that is not replaced by the summary
 */
export function transcriptOf(
  items: readonly ConversationItem[],
  maxChars: number,
  current?: ConversationItem,
): readonly string[] {
  const parts: string[] = [];
  let part = "";
  for (const paragraph of items.flatMap((item) => paragraphsOf(item, item === current))) {
    const text = `${shortened(paragraph, maxChars - 1)}\n`;
    if (part.length + text.length > maxChars && part !== "") {
      parts.push(part);
      part = "";
    }
    part += text;
  }
  return part === "" ? parts : [...parts, part];
}

/** Lists what the user has asked for, in place of a summary that the model could not make. */
export function requestsIn(items: readonly ConversationItem[], maxChars: number): string {
  const requests = items
    .filter((item) => item.role === "user")
    .map(({ content }) => `- ${shortened(textOf(content), LONGEST_REQUEST)}`);
  return shortened(["The user has asked for:", ...requests].join("\n"), maxChars);
}

function paragraphsOf(item: ConversationItem, isCurrent: boolean): readonly string[] {
  switch (item.role) {
    case "user":
      return [`${isCurrent ? "User (this request stays as it is)" : "User"}: ${textOf(item.content)}`];
    case "assistant":
      return item.parts.flatMap((part) => {
        if (part.type === "text") return part.text === "" ? [] : [`Assistant: ${part.text}`];
        if (part.type === "call") return [`Assistant calls ${part.name}: ${shortened(part.arguments, LONGEST_DETAIL)}`];
        return [];
      });
    case "results":
      return item.results.map(
        ({ name, content, isError }) =>
          `${isError ? "Error" : "Result"} of ${name}: ${shortened(textOf(content), LONGEST_DETAIL)}`,
      );
  }
}

function textOf(content: readonly PromptBlock[]): string {
  return content.map((block) => (block.type === "text" ? block.text : "[an image]")).join("\n");
}
