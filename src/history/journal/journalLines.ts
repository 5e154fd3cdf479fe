import { hash } from "node:crypto";
import * as z from "zod";
import { owner } from "../../core/access/principal.ts";
import { type ExecutionStatus, executionStatuses } from "../../protocol/executionStatus.ts";
import { type ExecutionRecord, executionSchema } from "../../protocol/executions.ts";
import { runExportSchema, type Versions } from "../../protocol/runExport.ts";

/**
 * The head of a line. The journal consists of lines with one JSON object each, whose first properties suffice for the
 * index: `t` the kind, `s` the status, `id` the execution, `p` the principal, unless it is the owner.
 */
const LINE_HEAD = /^\{"t":"(start|end|event)"(?:,"s":"([a-z-]+)")?,"id":"([^"]{1,100})"(?:,"p":"([\w-]{1,50})")?/;
/** Maximum length of a head in bytes. */
export const MAX_HEAD_BYTES = 220;
const SHORT_ID = /^[\w-]{1,42}$/;

export interface LineHead {
  readonly kind: "start" | "end" | "event";
  readonly id: string;
  readonly status: ExecutionStatus | undefined;
  /** See `principalKey`. */
  readonly principalKey: string | undefined;
}

/** The first line of a file, which identifies its window. */
const windowLineSchema = z.object({
  t: z.literal("window"),
  v: z.literal(1),
  windowId: z.string(),
  versions: runExportSchema.shape.versions,
});

/** `[type, eventId, timestamp, position in the queue?]` */
const impliedStepSchema = z.union([
  z.tuple([z.string(), z.int(), z.string()]),
  z.tuple([z.string(), z.int(), z.string(), z.int()]),
]);
export type ImpliedStep = z.infer<typeof impliedStepSchema>;

/** References to other lines of the execution, for text that a record does not repeat. */
const elsewhereSchema = z.object({
  /** True if the command, arguments and parameters are in the start line. */
  a: z.literal(true).optional(),
  /** Length of the prefix of the output that is in the steps or in the start line, in characters. */
  o: z.int().min(0).optional(),
  /** ID of the last step that is part of that output. */
  e: z.int().optional(),
  /** Set if the result equals the output, as text or as JSON. */
  r: z.enum(["text", "json"]).optional(),
  /** Steps without lines of their own, because the record implies them. */
  k: z.array(impliedStepSchema).optional(),
});

export type Elsewhere = z.infer<typeof elsewhereSchema>;

const recordLineSchema = elsewhereSchema.extend({ t: z.enum(["start", "end"]), x: executionSchema });
export type RecordLine = z.infer<typeof recordLineSchema>;

const eventLineSchema = z.object({
  t: z.literal("event"),
  /** True if a secret was masked. */
  m: z.literal(true).optional(),
  e: runExportSchema.shape.events.unwrap(),
});
export type EventLine = z.infer<typeof eventLineSchema>;

/** Returns what identifies a principal in the head of a line: its ID, or the hash of a long one. */
export function principalKey(id: string): string {
  return SHORT_ID.test(id) ? id : hash("sha256", id, "base64url");
}

export function windowLine(windowId: string, versions: Versions): string {
  return `${JSON.stringify({ t: "window", v: 1, windowId, versions })}\n`;
}

export function recordLine(kind: "start" | "end", record: ExecutionRecord, elsewhere: Elsewhere = {}): string {
  const principalId = record.requestedBy?.principal?.id ?? owner.id;
  const p = principalId === owner.id ? {} : { p: principalKey(principalId) };
  return `${JSON.stringify({ t: kind, s: record.status, id: record.id, ...p, ...elsewhere, x: record })}\n`;
}

/** @param isMasked true if a secret was masked, in this step or together with an earlier one */
export function eventLine(id: string, event: object, isMasked = false): string {
  return `${JSON.stringify({ t: "event", id, ...(isMasked && { m: true }), e: event })}\n`;
}

/** Marks missing lines, for people who read the file. */
export function gapLine(lines: number): string {
  return `${JSON.stringify({ t: "gap", at: new Date().toISOString(), lines })}\n`;
}

/**
 * @param head the first bytes of a line
 * @returns undefined for a truncated line, or one that the index does not need
 */
export function readHead(head: string): LineHead | undefined {
  const [, kind, status, id, key] = LINE_HEAD.exec(head) ?? [];
  if (id === undefined || (kind !== "start" && kind !== "end" && kind !== "event")) return undefined;
  return { kind, id, status: executionStatuses.find((name) => name === status), principalKey: key };
}

/** @returns undefined for a line that is truncated or from a later version */
export function readRecord(line: string): RecordLine | undefined {
  return parse(recordLineSchema, line);
}

/** @returns undefined for a line that is truncated or from a later version */
export function readEvent(line: string): EventLine | undefined {
  return parse(eventLineSchema, line);
}

/** @returns undefined if the file does not begin with a valid window line */
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
