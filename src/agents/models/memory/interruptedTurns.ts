import type { CallResult, ConversationItem } from "../../../core/models/step.ts";
import type { Entry } from "./conversationItems.ts";

const NO_RESULT = "Interrupted: the bridge ended before this call had a result. It may have been carried out.";
const NO_ANSWER = "[This answer was not completed.]";

/**
 * Completes a conversation that was read from the disk: vendors reject a call without a result, a result without a call,
 * and some a turn without an answer. What is missing is marked as interrupted. Returns the same entries if nothing is.
 */
export function withInterruptions(entries: readonly Entry[]): readonly Entry[] {
  const complete: Entry[] = [];
  let isChanged = false;
  for (const [index, entry] of entries.entries()) {
    const whole = wholeEntry(complete.at(-1), entry);
    if (whole !== entry) isChanged = true;
    if (whole !== undefined) complete.push(whole);
    const missing = missingAfter(complete.at(-1), entries[index + 1]);
    complete.push(...missing);
    if (missing.length > 0) isChanged = true;
  }
  return isChanged ? complete : entries;
}

/** Returns results as those of the calls before them, each exactly once; undefined without such calls. */
function wholeEntry(before: Entry | undefined, entry: Entry): Entry | undefined {
  if (entry.item.role !== "results") return entry;
  const calls = callsOf(before?.item);
  if (calls.length === 0) return undefined;
  const { results } = entry.item;
  const isWhole = calls.length === results.length && calls.every(({ id }, at) => results[at]?.callId === id);
  if (isWhole) return entry;
  const byId = new Map(results.map((result) => [result.callId, result]));
  const all = calls.map(({ id, name }) => byId.get(id) ?? interrupted(id, name));
  return { ...entry, item: { role: "results", results: all } };
}

/** Returns what must follow an entry before the next one. */
function missingAfter(entry: Entry | undefined, next: Entry | undefined): readonly Entry[] {
  if (entry === undefined || next?.item.role === "results") return [];
  const { executionId, turn, item } = entry;
  const calls = callsOf(item);
  const missing: ConversationItem[] = [];
  if (calls.length > 0) missing.push({ role: "results", results: calls.map(({ id, name }) => interrupted(id, name)) });
  const isTurnOver = next?.executionId !== executionId;
  const isAnswered = item.role === "assistant" && calls.length === 0;
  if (isTurnOver && !isAnswered) missing.push({ role: "assistant", parts: [{ type: "text", text: NO_ANSWER }] });
  return missing.map((added) => ({ executionId, turn, item: added }));
}

function callsOf(item: ConversationItem | undefined) {
  return item?.role === "assistant" ? item.parts.filter((part) => part.type === "call") : [];
}

function interrupted(callId: string, name: string): CallResult {
  return { callId, name, content: [{ type: "text", text: NO_RESULT }], isError: true };
}
