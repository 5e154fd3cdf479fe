import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import type { ConversationItem } from "../../../core/models/step.ts";

/** Text in place of the middle of a long text. */
const CUT = "\n[… cut to save space …]\n";
const IMAGE = "[an image, removed to save space]";

/** Returns the beginning and the end of a long text, with a mark between them. */
export function shortened(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const room = Math.max(0, maxChars - CUT.length);
  const head = Math.ceil(room * 0.7);
  return text.slice(0, head) + CUT + text.slice(text.length - (room - head));
}

/**
 * Returns items with short results of tools, and without images. The texts of people and of the model stay, and so does
 * what a vendor verifies. An item that is short already is returned as it is.
 */
export function withShortResults(items: readonly ConversationItem[], maxChars: number): readonly ConversationItem[] {
  return items.map((item) => {
    if (item.role === "assistant") return item;
    if (item.role === "user") {
      return item.content.some(isImage) ? { ...item, content: item.content.map(withoutImage) } : item;
    }
    const isShort = item.results.every(({ content }) =>
      content.every((block) => block.type === "text" && block.text.length <= maxChars),
    );
    if (isShort) return item;
    const results = item.results.map((result) => ({
      ...result,
      content: result.content.map((block) => shortBlock(withoutImage(block), maxChars)),
    }));
    return { ...item, results };
  });
}

function isImage({ type }: PromptBlock): boolean {
  return type === "image";
}

function withoutImage(block: PromptBlock): PromptBlock {
  return block.type === "image" ? { type: "text", text: IMAGE } : block;
}

function shortBlock(block: PromptBlock, maxChars: number): PromptBlock {
  return block.type === "text" ? { ...block, text: shortened(block.text, maxChars) } : block;
}
