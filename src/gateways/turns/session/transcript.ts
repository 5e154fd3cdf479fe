import { createHash } from "node:crypto";
import { canonicalJson } from "../../../base/canonicalJson.ts";
import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import type { Message, ToolUse } from "../turn.ts";

/**
 * The hash of a conversation: equal for equal roles, texts, images, calls and results. IDs of calls, the borders between
 * adjacent messages of one role, and white space around an answer make no difference, because clients change them.
 */
export type Transcript = string;

/** An entry, in which nothing but its own text can be equal to another one. */
type Entry = readonly [kind: string, ...rest: readonly string[]];

/** @param before the conversation before these messages, which ends with another role than they begin with */
export function transcriptOf(messages: readonly Message[], before: Transcript = ""): Transcript {
  let hash = before;
  for (const entry of entriesOf(messages)) {
    hash = createHash("sha256")
      .update(`${hash}\n${JSON.stringify(entry)}`)
      .digest("base64url");
  }
  return hash;
}

/** Returns the number of messages before those that an agent with this conversation has not seen: all up to its answer. */
export function lengthOfKnown(messages: readonly Message[]): number {
  const beforeTrailing = messages.findLastIndex(({ role }) => role !== "assistant");
  return messages.slice(0, beforeTrailing + 1).findLastIndex(({ role }) => role === "assistant") + 1;
}

/** Returns the index of the first of the adjacent answers before `end`. */
export function startOfAnswer(messages: readonly Message[], end: number): number {
  return messages.slice(0, end).findLastIndex(({ role }) => role !== "assistant") + 1;
}

function* entriesOf(messages: readonly Message[]): Generator<Entry> {
  for (const [role, group] of groupsOf(messages)) {
    if (role === "assistant") yield* entriesOfAnswer(group);
    else for (const message of group) yield* entriesOfInput(message);
  }
}

/** Returns the messages in groups of adjacent ones of the same role. */
function groupsOf(messages: readonly Message[]): readonly (readonly [Message["role"], readonly Message[]])[] {
  const groups: [Message["role"], Message[]][] = [];
  for (const message of messages) {
    const last = groups.at(-1);
    if (last?.[0] === message.role) last[1].push(message);
    else groups.push([message.role, [message]]);
  }
  return groups;
}

function* entriesOfAnswer(group: readonly Message[]): Generator<Entry> {
  const answers = group.filter((message) => message.role === "assistant");
  yield [
    "assistant",
    answers
      .map(({ text }) => text)
      .join("")
      .trim(),
  ];
  for (const call of answers.flatMap(({ calls }) => calls)) yield ["call", call.name, canonicalArguments(call)];
}

function* entriesOfInput(message: Message): Generator<Entry> {
  if (message.role === "system") yield ["system", message.text];
  if (message.role === "user") for (const block of message.content) yield ["user", ...blockEntry(block)];
  if (message.role === "tool") {
    yield ["result", String(message.isError)];
    for (const block of message.content) yield ["result", ...blockEntry(block)];
  }
}

function blockEntry(block: PromptBlock): readonly string[] {
  if (block.type === "text") return ["text", block.text];
  return ["image", block.mimeType, createHash("sha256").update(block.data).digest("base64url")];
}

/** Clients parse the arguments of a call and write them again. */
export function canonicalArguments({ arguments: text }: Pick<ToolUse, "arguments">): string {
  try {
    return canonicalJson(JSON.parse(text));
  } catch {
    return text;
  }
}
