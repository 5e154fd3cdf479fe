import { createReadStream } from "node:fs";
import { join } from "node:path";
import { isoTime } from "../../../base/isoTime.ts";
import { withFolderLock } from "../../../core/sharedFolder/folderLock.ts";
import type { AuditFileVerdict, AuditVerification } from "../../../protocol/audit/auditVerification.ts";
import type { ChainEnd } from "../auditChain.ts";
import { headNameOf, INDEX_FILE, INDEX_HEAD, listAuditFiles } from "../auditFolder.ts";
import { readHead } from "../auditHead.ts";
import { type AuditIndex, endOf, type IndexedFile, readIndex } from "../auditIndex.ts";
import { mayBeWritten } from "../auditUpkeep.ts";
import { type ChainReading, verifyChain } from "./verifyChain.ts";

const LOCK_MS = 2000;

/** The state of the folder at one moment. The files may grow afterwards. */
interface Snapshot {
  readonly index: AuditIndex;
  readonly indexHead: ChainEnd | undefined;
  readonly names: readonly string[];
  /** By the name of the file. */
  readonly heads: ReadonlyMap<string, ChainEnd | undefined>;
}

/**
 * Checks that no line of the audit log was changed, cut out or moved, and that no file is missing. Works while windows
 * write to it, and while the bridge is off. See docs/decisions/audit-log.md for what this cannot prove.
 */
export async function verifyAudit(folder: string): Promise<AuditVerification> {
  const first = await verifyOnce(folder);
  // Another window may have removed a file meanwhile.
  return first.state === "whole" ? first : await verifyOnce(folder);
}

async function verifyOnce(folder: string): Promise<AuditVerification> {
  const snapshot = await takeSnapshot(folder);
  const files = [await verifyIndex(folder, snapshot)];
  for (const name of allNames(snapshot)) files.push(await verifyFile(folder, name, snapshot));
  const isWhole = files.every(({ isGood }) => isGood);
  const lines = files.reduce((sum, verdict) => sum + verdict.lines, 0);
  const { hash: indexHash } = endOf(snapshot.index.lines);
  return { state: isWhole ? "whole" : "broken", checkedAt: isoTime(Date.now()), lines, indexHash, files };
}

/** Under the lock, so that no window opens or closes a file meanwhile. On a medium that is read-only, without. */
async function takeSnapshot(folder: string): Promise<Snapshot> {
  const read = (): Promise<Snapshot> => readSnapshot(folder);
  return await withFolderLock(folder, read, LOCK_MS).catch(read);
}

async function readSnapshot(folder: string): Promise<Snapshot> {
  const [index, indexHead, files] = await Promise.all([
    readIndex(folder),
    readHead(folder, INDEX_HEAD),
    listAuditFiles(folder),
  ]);
  const names = files.map(({ name }) => name);
  const heads = new Map<string, ChainEnd | undefined>();
  for (const name of names) heads.set(name, await readHead(folder, headNameOf(name)));
  return { index, indexHead, names, heads };
}

function allNames({ index, names }: Snapshot): string[] {
  return [...new Set([...index.files.keys(), ...names])].toSorted((a, b) => (a < b ? -1 : 1));
}

async function verifyIndex(folder: string, { index, indexHead, names }: Snapshot): Promise<AuditFileVerdict> {
  const file = INDEX_FILE;
  if (index.lines.length === 0) {
    if (names.length === 0 && indexHead === undefined) return { file, state: "whole", isGood: true, lines: 0 };
    return { file, state: "missing", isGood: false, lines: 0 };
  }
  const options = { markedLines: indexHead?.lines, mayBeginLater: true, mayHaveTornLines: true };
  const reading = await verifyChain(createReadStream(join(folder, file)), options);
  const { fault, firstSeq, end } = reading;
  const lines = end.lines - firstSeq;
  if (fault !== undefined) return { file, state: fault.kind, isGood: false, lines, firstBadLine: fault.line };
  if (firstSeq !== (index.shortenedTo ?? 0)) return { file, state: "cut", isGood: false, lines, firstBadLine: 1 };
  return afterHead({ file, lines }, reading, indexHead) ?? { file, state: "whole", isGood: true, lines };
}

async function verifyFile(folder: string, file: string, snapshot: Snapshot): Promise<AuditFileVerdict> {
  const known = snapshot.index.files.get(file) ?? {};
  if (known.removed !== undefined) return { file, state: "removed", isGood: true, lines: 0 };
  if (!snapshot.names.includes(file)) return { file, state: "missing", isGood: false, lines: 0 };
  const mark = known.closed ?? snapshot.heads.get(file);
  const reading = await verifyChain(createReadStream(join(folder, file)), { markedLines: mark?.lines });
  const { fault, end, firstHash } = reading;
  const of = { file, lines: end.lines };
  if (fault !== undefined) return { ...of, state: fault.kind, isGood: false, firstBadLine: fault.line };
  if (known.opened === undefined) return unlisted(of);
  if (firstHash !== undefined && firstHash !== known.opened.hash)
    return { ...of, state: "changed", isGood: false, firstBadLine: 1 };
  return afterHead(of, reading, mark) ?? (await goodEnd(of, known, reading));
}

/** A process that is killed before its file is in the index leaves one with a first line only. */
function unlisted(of: Pick<AuditFileVerdict, "file" | "lines">): AuditFileVerdict {
  if (of.lines <= 1) return { ...of, state: "killed", isGood: true };
  return { ...of, state: "unlisted", isGood: false };
}

/** Compares the end of a file with the one on record: in the index, or in the head of a file that is not closed. */
function afterHead(
  of: Pick<AuditFileVerdict, "file" | "lines">,
  { end, markedHash, firstSeq }: ChainReading,
  mark: ChainEnd | undefined,
): AuditFileVerdict | undefined {
  if (mark === undefined) return { ...of, state: "no-head", isGood: false };
  const firstBadLine = Math.max(1, mark.lines - firstSeq);
  if (end.lines < mark.lines) return { ...of, state: "tail-cut", isGood: false, firstBadLine: of.lines + 1 };
  if (markedHash !== mark.hash) return { ...of, state: "changed", isGood: false, firstBadLine };
  return undefined;
}

async function goodEnd(
  of: Pick<AuditFileVerdict, "file" | "lines">,
  { opened, closed }: IndexedFile,
  { end, hasTornLine }: ChainReading,
): Promise<AuditFileVerdict> {
  if (closed !== undefined) {
    const isLonger =
      end.lines > closed.lines || (hasTornLine && closed.reason !== "killed" && closed.reason !== "replaced");
    if (isLonger) return { ...of, state: "appended", isGood: false, firstBadLine: closed.lines + 1 };
    return { ...of, state: closed.reason === "killed" ? "killed" : "whole", isGood: true };
  }
  const isOpen = opened !== undefined && (await mayBeWritten(opened));
  return { ...of, state: isOpen ? "open" : "killed", isGood: true };
}
