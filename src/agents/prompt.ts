import type { LentTools } from "../core/commands/turnInput.ts";
import type { PromptBlock } from "../core/models/promptBlock.ts";
import { invalid } from "../protocol/validate.ts";

/** The input of a gateway, as an agent sends it. */
interface BlockPrompt {
  /** Returns the content. Call it before `Turn.began`, after which a large content is no longer held. */
  readonly content: () => readonly PromptBlock[];
  readonly tools: LentTools | undefined;
}

/** A text, or the input of a gateway. */
export type Prompt = string | BlockPrompt;

/** Returns the blocks of a prompt. Call it before `Turn.began`. */
export function blocksOf(prompt: Prompt): readonly PromptBlock[] {
  return typeof prompt === "string" ? [{ type: "text", text: prompt }] : prompt.content();
}

export function toolsOf(prompt: Prompt): LentTools | undefined {
  return typeof prompt === "string" ? undefined : prompt.tools;
}

/**
 * Returns a prompt as one text, for transports without blocks. Call it before `Turn.began`.
 * @throws BridgeError VALIDATION_FAILED for an image
 */
export function textOf(prompt: Prompt): string {
  return blocksOf(prompt)
    .map((block) => {
      if (block.type === "text") return block.text;
      throw imageRefused("this transport to Kiro CLI only takes text");
    })
    .join("\n\n");
}

/** @param why a sentence without its period */
export function imageRefused(why: string): Error {
  return invalid("prompt", "unsupported", "text", "an image", `${why}; send it without images`);
}
