import { isFinal } from "../../protocol/executionStatus.ts";
import { isoTime } from "../../base/isoTime.ts";
import type { RunFact, RunSummary } from "../outbox/fact.ts";

/** Characters of one value: the whole item is far below 400 KB, the smallest limit of all stores. */
const MAX_TEXT = 1024;
/** Characters of a value that may be a key of an index, of which DynamoDB takes 1024 bytes. */
const MAX_KEY = 300;
const MAX_USAGE = 32;
/** Names of fields that each store takes, and that are no property of every object. */
const USAGE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
/** IDs of items that every store takes. */
const ITEM_ID = /^[A-Za-z0-9_-]{1,255}$/;
const DAY_MS = 86_400_000;

type Scalar = string | number | boolean;
export type RecordValue = Scalar | Readonly<Record<string, Scalar>>;

/** One execution as an item of a store (docs/exports.md#records). Times are texts of ISO 8601 in UTC, which sort by time. */
export interface RunRecord {
  /** The ID of the execution. */
  readonly id: string;
  /** An item with a lower one is older. */
  readonly sequence: number;
  readonly fields: RecordFields;
  /** When the store may remove the item, by the Unix epoch and after the last change, both in milliseconds. */
  readonly expiry: { readonly at: number; readonly afterMs: number } | undefined;
  /** True if no newer one is to be expected. */
  readonly isFinal: boolean;
}

/** The names of all fields of items besides `id`, `sequence` and that of its expiry. */
export const recordFields = [
  "status",
  "day",
  "statusDay",
  "command",
  "target",
  "windowId",
  "parentId",
  "principalId",
  "origin",
  "via",
  "queuedAt",
  "startedAt",
  "completedAt",
  "updatedAt",
  "waitMs",
  "durationMs",
  "sessionId",
  "agent",
  "model",
  "exitCode",
  "stopReason",
  "errorCode",
  "cause",
  "outputLength",
  "isOutputTruncated",
  "questions",
  "usage",
  "traceparent",
  "isTest",
] as const;
type RecordField = (typeof recordFields)[number];
/** The fields that an execution has. */
type RecordFields = { readonly [Field in RecordField]?: RecordValue | undefined };

/** Describes the execution of a fact, without content. @param ttlDays days that the item is kept; undefined: for ever */
export function recordOf({ at, run }: RunFact, ttlDays: number | undefined): RunRecord {
  return {
    id: run.executionId,
    sequence: run.sequence,
    fields: { ...ownFields(run), ...timesOf(run, at) },
    expiry: expiryOf(at, ttlDays),
    isFinal: isFinal(run.status),
  };
}

/** Builds the marked item of a test, which the next test replaces, and which is kept for a day if items expire. */
export function testRecord(windowId: string, at: number, ttlDays: number | undefined): RunRecord {
  const time = isoTime(at);
  const day = time.slice(0, 10);
  const marks = { status: "completed", statusDay: `test#${day}`, command: "(test)", target: "(test)", isTest: true };
  return {
    id: "kiro-bridge-test",
    sequence: at,
    fields: { ...marks, day, windowId: bounded(windowId), queuedAt: time, updatedAt: time },
    expiry: expiryOf(at, ttlDays === undefined ? undefined : 1),
    isFinal: true,
  };
}

/** Returns why no store takes such an ID; undefined if all do. */
export function problemOfId(id: string): string | undefined {
  return ITEM_ID.test(id) ? undefined : "The ID of the execution has characters that the ID of an item must not have.";
}

function expiryOf(at: number, days: number | undefined): RunRecord["expiry"] {
  return days === undefined ? undefined : { at: at + days * DAY_MS, afterMs: days * DAY_MS };
}

function ownFields(run: RunSummary): RecordFields {
  return {
    status: run.status,
    command: bounded(run.command, MAX_KEY),
    target: bounded(run.target, MAX_KEY),
    windowId: bounded(run.windowId, MAX_KEY),
    parentId: bounded(run.parentId),
    principalId: bounded(run.principalId),
    origin: bounded(run.origin),
    via: bounded(run.via),
    sessionId: bounded(run.sessionId),
    agent: bounded(run.agent),
    model: bounded(run.model),
    exitCode: run.exitCode,
    stopReason: bounded(run.stopReason),
    errorCode: run.errorCode,
    cause: bounded(run.cause),
    outputLength: run.outputLength,
    isOutputTruncated: run.isOutputTruncated,
    questions: run.questions,
    usage: usageOf(run.usage),
    traceparent: bounded(run.traceparent),
  };
}

function timesOf({ status, queuedAt, startedAt, completedAt }: RunSummary, at: number): RecordFields {
  const day = isoTime(isFinal(status) ? (completedAt ?? at) : queuedAt).slice(0, 10);
  return {
    queuedAt: isoTime(queuedAt),
    startedAt: startedAt === undefined ? undefined : isoTime(startedAt),
    completedAt: completedAt === undefined ? undefined : isoTime(completedAt),
    updatedAt: isoTime(at),
    waitMs: msBetween(queuedAt, startedAt),
    durationMs: msBetween(startedAt, completedAt),
    day,
    statusDay: `${status}#${day}`,
  };
}

/** Returns no negative time, which a clock that is set back in between would give. */
function msBetween(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Math.max(0, to - from);
}

function usageOf(usage: RunSummary["usage"]): Readonly<Record<string, Scalar>> | undefined {
  if (usage === undefined) return undefined;
  const entries = Object.entries(usage)
    .filter(([name, value]) => USAGE_NAME.test(name) && (typeof value === "string" || Number.isFinite(value)))
    .slice(0, MAX_USAGE)
    .map(([name, value]) => [name, typeof value === "string" ? bounded(value) : value] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function bounded(text: string, maxLength?: number): string;
function bounded(text: string | undefined, maxLength?: number): string | undefined;
function bounded(text: string | undefined, maxLength = MAX_TEXT): string | undefined {
  return text?.slice(0, maxLength).toWellFormed();
}
