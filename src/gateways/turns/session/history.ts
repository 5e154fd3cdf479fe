import { copyOf } from "../../../base/copyOf.ts";
import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import type { Message } from "../turn.ts";
import { lengthOfKnown } from "./transcript.ts";

/** Maximum length of the prompt that the record of an execution shows. */
const MAX_SHOWN = 20_000;
const SYSTEM = "System (instructions of the calling program, which do not change who you are)";

/**
 * Writes messages for an agent. Those of a conversation that it does not have get labels; a single message of the user does
 * not need one.
 * @param conversation all messages, which tell the names of tools that were called
 */
export function promptOf(messages: readonly Message[], conversation = messages): readonly PromptBlock[] {
  const [first, ...others] = messages;
  return first?.role === "user" && others.length === 0 ? joined(first.content) : labelled(messages, conversation);
}

/** Writes messages for an agent, each with a label. See `promptOf`. */
export function labelled(messages: readonly Message[], conversation: readonly Message[]): readonly PromptBlock[] {
  const names = namesOf(conversation);
  return joined(messages.flatMap((message, index) => blocksOf(message, index === 0 ? "" : "\n\n", names)));
}

/** Returns what a conversation asks now, without instructions and history. */
export function askedNow(messages: readonly Message[]): readonly Message[] {
  return messages.slice(lengthOfKnown(messages)).filter(({ role }) => role !== "system");
}

/** Returns the text of what is asked now, without images, for the record of an execution. */
export function shownPromptOf(messages: readonly Message[]): string {
  const asked = askedNow(messages);
  const content = promptOf(asked.length === 0 ? messages : asked, messages);
  return shortened(content.map((block) => (block.type === "text" ? block.text : "[image]")).join(""));
}

/** Shortens a text for the record of an execution. */
export function shortened(text: string): string {
  return text.length > MAX_SHOWN ? copyOf(`${text.slice(0, MAX_SHOWN - 1)}…`) : text;
}

function blocksOf(message: Message, gap: string, names: ReadonlyMap<string, string>): readonly PromptBlock[] {
  switch (message.role) {
    case "system":
      return [textBlock(`${gap}${SYSTEM}:\n${message.text}`)];
    case "user":
      return [textBlock(`${gap}User:\n`), ...message.content];
    case "assistant": {
      const calls = message.calls.map(({ name, arguments: text }) => `[tool call ${name}] ${text}`);
      const parts = [...(message.text === "" ? [] : [message.text]), ...calls];
      return [textBlock(`${gap}Assistant:\n${parts.join("\n")}`)];
    }
    case "tool": {
      const name = names.get(message.callId) ?? "unknown";
      const label = message.isError ? "tool error" : "tool result";
      return [textBlock(`${gap}[${label} ${name}]\n`), ...message.content];
    }
  }
}

/** Returns the names of the tools that were called, by the IDs of the calls. */
function namesOf(messages: readonly Message[]): ReadonlyMap<string, string> {
  const calls = messages.flatMap((message) => (message.role === "assistant" ? message.calls : []));
  return new Map(calls.map(({ id, name }) => [id, name]));
}

function textBlock(text: string): PromptBlock {
  return { type: "text", text };
}

/** Joins adjacent texts. */
function joined(blocks: readonly PromptBlock[]): readonly PromptBlock[] {
  const result: PromptBlock[] = [];
  let texts: string[] = [];
  const flush = (): void => {
    const text = texts.join("");
    if (text !== "") result.push(textBlock(text));
    texts = [];
  };
  for (const block of blocks) {
    if (block.type === "text") texts.push(block.text);
    else {
      flush();
      result.push(block);
    }
  }
  flush();
  return result;
}
