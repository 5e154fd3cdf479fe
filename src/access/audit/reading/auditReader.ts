import {
  type AuditLine,
  auditEntrySchema,
  type AuditPage,
  type AuditQuery,
} from "../../../protocol/audit/auditEntry.ts";
import { invalid } from "../../../protocol/validate.ts";
import { type AuditPlace, BackwardFile, isBefore, type PlacedLine } from "./auditBackward.ts";
import { type AuditFileStat, isAuditFile, listAuditFiles } from "../auditFolder.ts";

/** Maximum length of a page in characters. A page has at least one entry. */
const MAX_PAGE_LENGTH = 1024 * 1024;
/** Timeout of a page in milliseconds. */
const MAX_SEARCH_MS = 2000;
/** A clock that is adjusted may give a file an earlier time than its last line has, in milliseconds. */
const CLOCK_SLACK_MS = 2000;

/**
 * Reads the files of all windows as one list, newest first, a page at a time in bounded memory. A page ends at its limit,
 * at about 1 MiB, or when the search times out.
 * @throws BridgeError VALIDATION_FAILED for an invalid cursor
 */
export async function readAuditPage(
  folder: string,
  query: AuditQuery,
  maxSearchMs = MAX_SEARCH_MS,
): Promise<AuditPage> {
  const before = query.cursor === undefined ? undefined : placeOf(query.cursor);
  const deadline = performance.now() + maxSearchMs;
  const entries: AuditLine[] = [];
  let length = 0;
  let seen: AuditPlace | undefined;
  for await (const line of mergedLines(folder, await listAuditFiles(folder), before)) {
    const isFull = entries.length >= query.limit || length >= MAX_PAGE_LENGTH;
    if (seen !== undefined && (isFull || performance.now() > deadline)) return { entries, nextCursor: cursorOf(seen) };
    seen = line;
    const entry = mayMatch(line.text, query) ? entryOf(line) : undefined;
    if (entry === undefined || !matches(entry, query)) continue;
    entries.push(entry);
    length += line.text.length;
  }
  return { entries };
}

/** Merges the lines of all files that are before a place, last one first. Opens a file when its turn may have come. */
async function* mergedLines(
  folder: string,
  files: readonly AuditFileStat[],
  before: AuditPlace | undefined,
): AsyncGenerator<PlacedLine> {
  const waiting = files.filter((file) => before === undefined || isoOf(file.startedAt - CLOCK_SLACK_MS) <= before.time);
  waiting.sort((a, b) => a.modifiedAt - b.modifiedAt);
  const open = new Set<BackwardFile>();
  for (;;) {
    let last = await lastOf(open);
    for (let next = waiting.at(-1); next !== undefined && mayHaveLater(next, last?.line); next = waiting.at(-1)) {
      waiting.pop();
      const isOver = before !== undefined && before.time > latestTimeOf(next) && before.file !== next.name;
      const file = await BackwardFile.open(folder, next, isOver ? undefined : before);
      const line = await file.peek();
      if (line === undefined) continue;
      open.add(file);
      if (last === undefined || isBefore(last.line, line)) last = { file, line };
    }
    if (last === undefined) return;
    last.file.take();
    yield last.line;
  }
}

interface Candidate {
  readonly file: BackwardFile;
  readonly line: PlacedLine;
}

async function lastOf(open: Set<BackwardFile>): Promise<Candidate | undefined> {
  let last: Candidate | undefined;
  for (const file of open) {
    const line = await file.peek();
    if (line === undefined) open.delete(file);
    else if (last === undefined || isBefore(last.line, line)) last = { file, line };
  }
  return last;
}

function mayHaveLater(file: AuditFileStat, line: PlacedLine | undefined): boolean {
  return line === undefined || latestTimeOf(file) >= line.time;
}

function latestTimeOf({ modifiedAt, startedAt }: AuditFileStat): string {
  return isoOf(Math.max(modifiedAt, startedAt) + CLOCK_SLACK_MS);
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** Rejects most lines of other kinds before they are parsed. */
function mayMatch(text: string, { kind, principal, executionId }: AuditQuery): boolean {
  return [kind, principal, executionId].every(
    (wanted) => wanted === undefined || text.includes(JSON.stringify(wanted)),
  );
}

function matches(entry: AuditLine, { kind, principal, executionId }: AuditQuery): boolean {
  if (kind !== undefined && entry.kind !== kind) return false;
  if (executionId !== undefined && entry.executionId !== executionId) return false;
  return principal === undefined || entry.principal?.id === principal || entry.client?.id === principal;
}

/** Returns undefined for a line that was made unreadable, which the verification reports. */
function entryOf({ text, file }: PlacedLine): AuditLine | undefined {
  try {
    const entry = auditEntrySchema.safeParse(JSON.parse(text)).data;
    return entry && { ...entry, file };
  } catch {
    return undefined;
  }
}

function cursorOf({ time, file, offset }: AuditPlace): string {
  return Buffer.from([time, file, offset].join("|")).toString("base64url");
}

function placeOf(cursor: string): AuditPlace {
  const [time = "", file = "", offset = ""] = Buffer.from(cursor, "base64url").toString("utf8").split("|");
  if (Number.isNaN(Date.parse(time)) || !isAuditFile(file) || !/^\d{1,15}$/.test(offset)) {
    throw invalid("cursor", "format", "the nextCursor of a page", "something else");
  }
  return { time, file, offset: Number(offset) };
}
