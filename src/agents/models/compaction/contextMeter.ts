import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import type { AssistantPart, ConversationItem, StepRequest, StepUsage } from "../../../core/models/step.ts";

/** The parts of a request that fill the context of a model. */
export type ContextParts = Pick<StepRequest, "system" | "items" | "tools">;

/** Tokens of an image. Vendors count 85 to 1600, by its size. */
const IMAGE_TOKENS = 1200;
/** Tokens of a character, before the vendor has counted any: more than most texts have. */
const TOKENS_PER_CHAR = 0.3;
/** Counts of shorter requests say nothing about the text: they are mostly what the vendor adds. */
const MIN_CHARS = 2000;
const MIN_RATIO = 0.1;
const MAX_RATIO = 1.5;
/** Characters of the structure around each part. */
const FRAME = 20;

interface Size {
  readonly chars: number;
  readonly images: number;
}

/** Estimates tokens from characters, in the proportion that the vendor has counted last. */
export class ContextMeter {
  readonly #sizes = new WeakMap<ConversationItem, Size>();
  #ratio = TOKENS_PER_CHAR;

  tokens(parts: ContextParts): number {
    const { chars, images } = this.#size(parts);
    return Math.ceil(chars * this.#ratio) + images * IMAGE_TOKENS;
  }

  /** Returns the number of characters for a number of tokens. */
  chars(tokens: number): number {
    return Math.floor(tokens / this.#ratio);
  }

  /** Learns from a step whose tokens the vendor has counted. */
  record(parts: ContextParts, { inputTokens, isEstimated = false }: StepUsage): void {
    const { chars, images } = this.#size(parts);
    if (isEstimated || chars < MIN_CHARS) return;
    const ratio = (inputTokens - images * IMAGE_TOKENS) / chars;
    this.#ratio = Math.min(MAX_RATIO, Math.max(MIN_RATIO, ratio));
  }

  #size({ system, items, tools }: ContextParts): Size {
    let chars = system.length;
    let images = 0;
    for (const { name, description, parameters } of tools) {
      chars += name.length + description.length + JSON.stringify(parameters).length + FRAME;
    }
    for (const item of items) {
      const size = this.#sizeOf(item);
      chars += size.chars;
      images += size.images;
    }
    return { chars, images };
  }

  /** Items are never modified, so each is measured once. */
  #sizeOf(item: ConversationItem): Size {
    const known = this.#sizes.get(item);
    if (known !== undefined) return known;
    const size = sizeOf(item);
    this.#sizes.set(item, size);
    return size;
  }
}

function sizeOf(item: ConversationItem): Size {
  switch (item.role) {
    case "user":
      return sumOf(item.content.map(sizeOfBlock));
    case "assistant":
      return sumOf(item.parts.map((part) => ({ chars: charsOf(part), images: 0 })));
    case "results":
      return sumOf(item.results.map(({ content }) => sumOf(content.map(sizeOfBlock))));
  }
}

function sizeOfBlock(block: PromptBlock): Size {
  return block.type === "text" ? { chars: block.text.length, images: 0 } : { chars: 0, images: 1 };
}

function charsOf(part: AssistantPart): number {
  switch (part.type) {
    case "text":
      return part.text.length;
    case "call":
      return part.name.length + part.arguments.length;
    case "opaque":
      return JSON.stringify(part.data).length;
  }
}

function sumOf(sizes: readonly Size[]): Size {
  let chars = FRAME;
  let images = 0;
  for (const size of sizes) {
    chars += size.chars + FRAME;
    images += size.images;
  }
  return { chars, images };
}
