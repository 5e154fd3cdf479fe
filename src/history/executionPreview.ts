import type { ExecutionRecord } from "../protocol/executions.ts";
import { jsonHead } from "./jsonHead.ts";
import { beginningOf, TextRoom } from "./textRoom.ts";

/** How much of an execution a list shows when nobody says otherwise, in characters of all its texts together. */
export const PREVIEW_LENGTH = 10_000;

/**
 * An execution for a list: whole when its texts are not longer together than `length`, else with the beginnings of those
 * that are too long, and marked as cut. What it keeps is a copy, so that it does not hold on to a text of megabytes.
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

/** Of each part that may be long, in characters; one that is longer than `most` need not be measured to its end. */
function lengthsOf(record: ExecutionRecord, most: number): number[] {
  const { command, args, params, output, error = "", result, pendingInput } = record;
  const values = [args, params, result].filter((value) => value !== undefined);
  return [
    ...[command, output, error, pendingInput?.prompt ?? ""].map((text) => text.length),
    ...values.map((value) => (typeof value === "string" ? value.length : jsonHead(value, most + 1).text.length)),
  ];
}

/** How long a part may be, so that all fit together; what short ones leave, long ones have. Undefined when all fit whole. */
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

/** A value that is too long is shown as the beginning of its JSON. */
function previewOfValue(value: unknown, length: number): unknown {
  if (typeof value === "string") return copyOf(beginningOf(value, length));
  const { text, isWhole } = jsonHead(value, length);
  return isWhole ? value : text;
}

/** A part of a text is a view of the whole to the engine, which then stays in memory. */
function copyOf(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}
