import { copyOf } from "../base/copyOf.ts";
import type { ExecutionRecord } from "../protocol/executions.ts";
import { jsonHead } from "./jsonHead.ts";
import { beginningOf, TextRoom } from "./textRoom.ts";

/** Default length of an execution in a list, in characters of all its texts. */
export const PREVIEW_LENGTH = 10_000;

/**
 * Returns an execution for a list: unchanged if its texts have at most `length` characters, otherwise with its long
 * texts truncated, and marked as such. The result is a copy that does not retain large texts.
 */
export function previewOf(record: ExecutionRecord, length = PREVIEW_LENGTH): ExecutionRecord {
  const longest = longestPart(lengthsOf(record, length), length);
  if (longest === undefined) return record;
  const { command, args, params, output, error, result, pendingInput } = record;
  return {
    ...record,
    command: copyOf(beginningOf(command, longest)),
    args: new TextRoom(longest).texts(args).map(copyOf),
    output: copyOf(beginningOf(output, longest)),
    ...(params !== undefined && { params: previewOfParams(params, longest) }),
    ...(error !== undefined && { error: copyOf(beginningOf(error, longest)) }),
    ...(result !== undefined && { result: previewOfValue(result, longest) }),
    ...(pendingInput !== undefined && { pendingInput: previewOfQuestion(pendingInput, longest) }),
    contentTruncated: true,
  };
}

/** Measures the variable parts in characters. A part longer than `most` need not be measured exactly. */
function lengthsOf(record: ExecutionRecord, most: number): number[] {
  const { command, args, params, output, error = "", result, pendingInput } = record;
  const values = [args, params, result].filter((value) => value !== undefined);
  return [
    ...[command, output, error, pendingInput?.prompt ?? ""].map((text) => text.length),
    ...values.map((value) => (typeof value === "string" ? value.length : jsonHead(value, most + 1).text.length)),
  ];
}

/**
 * Returns the length to which long parts are truncated so that all of them fit, or undefined if nothing is truncated.
 * Short parts leave their share to the long ones.
 */
function longestPart(lengths: readonly number[], room: number): number | undefined {
  let left = room;
  for (const [at, length] of lengths.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (lengths.length - at));
    if (length > share) return share;
    left -= length;
  }
  return undefined;
}

function previewOfQuestion<Q extends { readonly prompt: string }>(question: Q, length: number): Q {
  return { ...question, prompt: copyOf(beginningOf(question.prompt, length)) };
}

function previewOfParams(params: readonly unknown[], length: number): unknown[] {
  const { text, isWhole } = jsonHead(params, length);
  return isWhole ? [...params] : [text];
}

/** Returns the value, or the beginning of its JSON if it is too long. */
function previewOfValue(value: unknown, length: number): unknown {
  if (typeof value === "string") return copyOf(beginningOf(value, length));
  const { text, isWhole } = jsonHead(value, length);
  return isWhole ? value : text;
}
