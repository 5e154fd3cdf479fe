import * as z from "zod";
import type { BridgeEvent } from "../protocol/events.ts";
import {
  type ExecutionRecord,
  executionSchema,
  type ExecutionStatus,
  executionStatuses,
} from "../protocol/executions.ts";
import { type RecordedEvent, runExportSchema, type Versions } from "../protocol/runExport.ts";
import type { Execution } from "./execution.ts";

/**
 * The journal is a file of lines, each one JSON object. What finds a line stands at its beginning, so that an index is
 * made without reading the rest: `t` its kind, `s` the status, `id` the execution.
 */
const LINE_HEAD = /^\{"t":"(start|end|event)"(?:,"s":"([a-z-]+)")?,"id":"([^"]{1,100})"/;
/** No head is longer, in bytes. */
export const MAX_HEAD_BYTES = 160;

export interface LineHead {
  readonly kind: "start" | "end" | "event";
  readonly id: string;
  readonly status: ExecutionStatus | undefined;
}

/** What a file begins with: whose it is. */
const windowLineSchema = z.object({
  t: z.literal("window"),
  v: z.literal(1),
  windowId: z.string(),
  versions: runExportSchema.shape.versions,
});

const recordLineSchema = z.object({ t: z.enum(["start", "end"]), x: executionSchema });
const eventLineSchema = z.object({ t: z.literal("event"), e: runExportSchema.shape.events.unwrap() });

/** What is left of an event when arguments and output are not to be kept. */
const harmlessFields: ReadonlySet<string> = new Set(
  "type eventId timestamp windowId executionId command position success exitCode executionTimeMs errorCode recoverable stream inputType timeoutMs how length toolCallId kind status".split(
    " ",
  ),
);

export function windowLine(windowId: string, versions: Versions): string {
  return `${JSON.stringify({ t: "window", v: 1, windowId, versions })}\n`;
}

/** The execution as it begins: without what it says, which its events tell. */
export function startLine(execution: Execution, storesOutput: boolean): string {
  const { output: _output, pendingInput: _input, ...record } = execution.record();
  return recordLine("start", { ...record, output: "" }, storesOutput);
}

/** The execution as it ended, whole. */
export function endLine(execution: Execution, storesOutput: boolean): string {
  return recordLine("end", execution.record(), storesOutput);
}

/** One step. The whole output, which the last event repeats, stands in the `end` line already. */
export function eventLine(event: BridgeEvent & { readonly executionId: string }, storesOutput: boolean): string {
  const { executionId: id } = event;
  const isEnd = event.type === "command-completed";
  const e = storesOutput ? (isEnd ? { ...event, output: "" } : event) : withoutContent(event);
  return `${JSON.stringify({ t: "event", id, e })}\n`;
}

/** @param head the first bytes of a line @returns undefined for lines which an index does not need, and for torn ones */
export function readHead(head: string): LineHead | undefined {
  const [, kind, status, id] = LINE_HEAD.exec(head) ?? [];
  if (id === undefined || (kind !== "start" && kind !== "end" && kind !== "event")) return undefined;
  return { kind, id, status: executionStatuses.find((name) => name === status) };
}

/** @returns undefined for a line that is torn, or of a later version */
export function readRecord(line: string): ExecutionRecord | undefined {
  return parse(recordLineSchema, line)?.x;
}

/** @returns undefined for a line that is torn, or of a later version */
export function readEvent(line: string): RecordedEvent | undefined {
  return parse(eventLineSchema, line)?.e;
}

/** @returns undefined when the file begins with something else */
export function readVersions(line: string): Versions | undefined {
  return parse(windowLineSchema, line)?.versions;
}

function recordLine(t: "start" | "end", record: ExecutionRecord, storesOutput: boolean): string {
  const x = storesOutput ? record : metadataOf(record);
  return `${JSON.stringify({ t, s: record.status, id: record.id, x })}\n`;
}

function metadataOf(record: ExecutionRecord): ExecutionRecord {
  const { params: _params, result: _result, pendingInput: _input, ...rest } = record;
  return { ...rest, args: [], output: "", contentOmitted: true };
}

function withoutContent(event: object): object {
  return Object.fromEntries(Object.entries(event).filter(([field]) => harmlessFields.has(field)));
}

function parse<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
