import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import type { ClientTool, Message } from "../turn.ts";

/** UTF-8 bytes for each token, on average. */
export const BYTES_PER_TOKEN = 4;
/** Vendors count about this many tokens for an image, whatever the size of its file. */
const TOKENS_PER_IMAGE = 1500;

/** Estimates the tokens of a text. */
export function tokensOf(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** Estimates the tokens of a request, because ACP reports none. */
export function inputTokensOf(messages: readonly Message[], tools: readonly ClientTool[]): number {
  const ofTools = tools.map((tool) => tokensOf(JSON.stringify(tool)));
  return sum([...messages.map(tokensOfMessage), ...ofTools]);
}

function tokensOfMessage(message: Message): number {
  switch (message.role) {
    case "system":
      return tokensOf(message.text);
    case "assistant":
      return tokensOf(message.text) + sum(message.calls.map((call) => tokensOf(call.name + call.arguments)));
    case "user":
    case "tool":
      return sum(message.content.map(tokensOfBlock));
  }
}

function tokensOfBlock(block: PromptBlock): number {
  return block.type === "text" ? tokensOf(block.text) : TOKENS_PER_IMAGE;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
