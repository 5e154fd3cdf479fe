import type { TaskFields } from "../commands/target.ts";

/** What a value costs beside its text, in characters: near to the bytes that it takes. */
const TEXT = 16;
const OBJECT = 48;
const OTHER = 8;

/**
 * What a value of JSON holds in memory, in characters of text and what stands for the rest: a list of a million empty
 * objects has no text, and is not small. Nothing here is nested deeper than 100 levels (`MAX_VALUE_DEPTH`).
 */
export function weightOf(value: unknown): number {
  if (typeof value === "string") return TEXT + value.length;
  if (typeof value !== "object" || value === null) return OTHER;
  let weight = OBJECT;
  if (Array.isArray(value)) {
    for (const item of value) weight += weightOf(item);
    return weight;
  }
  for (const [name, member] of Object.entries(value)) weight += name.length + weightOf(member);
  return weight;
}

/** What a task holds: it is as large as its caller has made it. */
export function weightOfTask({ command, args, params, workspacePath = "", session = "" }: TaskFields): number {
  const weight = command.length + workspacePath.length + session.length + weightOfTexts(args);
  return params === undefined ? weight : weight + weightOf(params);
}

export function weightOfTexts(texts: readonly string[]): number {
  let weight = OBJECT;
  for (const text of texts) weight += TEXT + text.length;
  return weight;
}
