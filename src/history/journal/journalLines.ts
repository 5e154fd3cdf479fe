import * as z from "zod";
import {
  type ExecutionRecord,
  executionSchema,
  type ExecutionStatus,
  executionStatuses,
} from "../../protocol/executions.ts";
import { type RecordedEvent, runExportSchema, type Versions } from "../../protocol/runExport.ts";

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

/** `[type, eventId, timestamp, position in line?]` */
const impliedStepSchema = z.union([
  z.tuple([z.string(), z.int(), z.string()]),
  z.tuple([z.string(), z.int(), z.string(), z.int()]),
]);
export type ImpliedStep = z.infer<typeof impliedStepSchema>;

/** What a record does not say again, since another line about the execution says it. */
const elsewhereSchema = z.object({
  /** The command, its arguments and its parameters: in the line of its start. */
  a: z.literal(true).optional(),
  /** So many characters of its output, from the beginning: in its steps, or in the line of its start. */
  o: z.int().min(0).optional(),
  /** The steps up to the event of this id are in its output. */
  e: z.int().optional(),
  /** Its result: it is the output, as text or as JSON. */
  r: z.enum(["text", "json"]).optional(),
  /** Steps that have no lines, since the record has all that they say. */
  k: z.array(impliedStepSchema).optional(),
});

export type Elsewhere = z.infer<typeof elsewhereSchema>;

const recordLineSchema = elsewhereSchema.extend({ t: z.enum(["start", "end"]), x: executionSchema });
export type RecordLine = z.infer<typeof recordLineSchema>;

const eventLineSchema = z.object({ t: z.literal("event"), e: runExportSchema.shape.events.unwrap() });

export function windowLine(windowId: string, versions: Versions): string {
  return `${JSON.stringify({ t: "window", v: 1, windowId, versions })}\n`;
}

export function recordLine(kind: "start" | "end", record: ExecutionRecord, elsewhere: Elsewhere = {}): string {
  return `${JSON.stringify({ t: kind, s: record.status, id: record.id, ...elsewhere, x: record })}\n`;
}

export function eventLine(id: string, event: object): string {
  return `${JSON.stringify({ t: "event", id, e: event })}\n`;
}

/** Says that lines are missing; for whoever looks into the file. */
export function gapLine(lines: number): string {
  return `${JSON.stringify({ t: "gap", at: new Date().toISOString(), lines })}\n`;
}

/** @param head the first bytes of a line @returns undefined for lines which an index does not need, and for torn ones */
export function readHead(head: string): LineHead | undefined {
  const [, kind, status, id] = LINE_HEAD.exec(head) ?? [];
  if (id === undefined || (kind !== "start" && kind !== "end" && kind !== "event")) return undefined;
  return { kind, id, status: executionStatuses.find((name) => name === status) };
}

/** @returns undefined for a line that is torn, or of a later version */
export function readRecord(line: string): RecordLine | undefined {
  return parse(recordLineSchema, line);
}

/** @returns undefined for a line that is torn, or of a later version */
export function readEvent(line: string): RecordedEvent | undefined {
  return parse(eventLineSchema, line)?.e;
}

/** @returns undefined when the file begins with something else */
export function readVersions(line: string): Versions | undefined {
  return parse(windowLineSchema, line)?.versions;
}

function parse<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
