import type { ExecutionRecord } from "../protocol/executions.ts";
import { jsonHead } from "./jsonHead.ts";
import { beginningOf, TextRoom } from "./textRoom.ts";

/** How much of an execution a list shows when nobody says otherwise, in characters of all its texts together. */
const PREVIEW_LENGTH = 10_000;
/** Those that may be long: the command, its arguments, its parameters, the output, the error, the result, a question. */
const PARTS = 7;

/**
 * An execution for a list: whole when its texts are not longer together than `length`, else with the beginning of each,
 * and marked as cut. What it keeps is a copy, so that it does not hold on to a text of megabytes.
 */
export function previewOf(record: ExecutionRecord, length = PREVIEW_LENGTH): ExecutionRecord {
  if (fits(record, length)) return record;
  const part = Math.floor(length / PARTS);
  const { params, error, result, pendingInput } = record;
  return {
    ...record,
    command: copyOf(beginningOf(record.command, part)),
    args: new TextRoom(part).texts(record.args).map(copyOf),
    output: copyOf(beginningOf(record.output, part)),
    ...(params !== undefined && { params: previewOfParams(params, part) }),
    ...(error !== undefined && { error: copyOf(beginningOf(error, part)) }),
    ...(result !== undefined && { result: previewOfValue(result, part) }),
    ...(pendingInput !== undefined && { pendingInput: previewOfQuestion(pendingInput, part) }),
    contentTruncated: true,
  };
}

function fits(
  { command, args, params, output, error = "", result, pendingInput }: ExecutionRecord,
  length: number,
): boolean {
  const room = new TextRoom(length);
  for (const text of [command, output, error, pendingInput?.prompt ?? ""]) room.text(text);
  if (room.isCut) return false;
  room.texts(args);
  if (result !== undefined && result !== output) room.value(result);
  if (params !== undefined) room.value(params);
  return !room.isCut;
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
