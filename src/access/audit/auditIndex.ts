import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { isoTime } from "../../base/isoTime.ts";
import { writeSecret } from "../../core/sharedFolder/secretFolder.ts";
import { type ChainEnd, chainLines, emptyChain, hashOf, linkOf } from "./auditChain.ts";
import { INDEX_FILE, INDEX_HEAD } from "./auditFolder.ts";

const OWNER_ONLY = 0o600;
/** Size in bytes above which the lines of removed files are dropped. */
const MAX_BYTES = 1024 * 1024;

const file = z.string();
const end = { lines: z.int().min(0), hash: z.string() };

const indexEntrySchema = z.discriminatedUnion("kind", [
  /** A window has created a file. `hash` is that of its first line. */
  z.object({
    kind: z.literal("opened"),
    file,
    hash: z.string(),
    pid: z.int(),
    started: z.string().optional(),
    machine: z.string(),
  }),
  /** Nothing is written to it any more. `killed`: found after the end of its process. */
  z.object({ kind: z.literal("closed"), file, ...end, reason: z.enum(["stopped", "rotated", "replaced", "killed"]) }),
  /** The file was removed because of its age, or because all files were too large. */
  z.object({ kind: z.literal("removed"), file, reason: z.enum(["age", "size"]) }),
  /** The lines before `firstSeq` were dropped: they named removed files only. */
  z.object({ kind: z.literal("shortened"), firstSeq: z.int().min(0) }),
]);
export type IndexEntry = z.infer<typeof indexEntrySchema>;

/** The entries of the index about one file. */
export interface IndexedFile {
  opened?: Extract<IndexEntry, { kind: "opened" }>;
  closed?: Extract<IndexEntry, { kind: "closed" }>;
  removed?: Extract<IndexEntry, { kind: "removed" }>;
}

/** The index of all files: a chain of its own, changed under the folder's lock. */
export interface AuditIndex {
  /** The lines without their newlines. The last one is incomplete if its process was killed. */
  readonly lines: readonly string[];
  readonly endsWithNewline: boolean;
  readonly files: ReadonlyMap<string, IndexedFile>;
  /** Set if lines were dropped: the number of the first one that remained. */
  readonly shortenedTo: number | undefined;
}

/** Returns an empty index if there is none. Lines that are not readable have no effect. */
export async function readIndex(folder: string): Promise<AuditIndex> {
  const text = await readFile(join(folder, INDEX_FILE), "utf8").catch(ifMissing);
  const lines = text.split("\n");
  const endsWithNewline = lines.at(-1) === "";
  if (endsWithNewline) lines.pop();
  const files = new Map<string, IndexedFile>();
  let shortenedTo: number | undefined;
  for (const line of lines) {
    const entry = entryOf(line);
    if (entry === undefined) continue;
    if (entry.kind === "shortened") shortenedTo = entry.firstSeq;
    else {
      const known = files.get(entry.file) ?? {};
      files.set(entry.file, { ...known, [entry.kind]: entry });
    }
  }
  return { lines, endsWithNewline, files, shortenedTo };
}

/** Appends entries. Call it under the folder's lock, with an index that was read under the same lock. */
export async function appendToIndex(folder: string, index: AuditIndex, entries: readonly IndexEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const { lines, endsWithNewline } = index;
  const { text, end: after } = chainLines(entries.map(bodyOf), endOf(lines));
  const handle = await open(join(folder, INDEX_FILE), "a", OWNER_ONLY);
  try {
    const { size } = await handle.stat();
    // The line of a process that was killed while it wrote stays, and is part of the chain.
    await handle
      .appendFile(endsWithNewline || lines.length === 0 ? text : `\n${text}`)
      .catch(async (error: unknown) => {
        await handle.truncate(size).catch(() => undefined);
        throw error;
      });
    await handle.datasync().catch(() => undefined);
  } finally {
    await handle.close();
  }
  await writeSecret(join(folder, INDEX_HEAD), `${JSON.stringify(after)}\n`);
}

/**
 * Drops the first lines of a large index, as far as they name removed files only. The rest is unchanged, and a line that
 * says so is added. Call it under the folder's lock.
 */
export async function shortenIndex(folder: string): Promise<void> {
  const index = await readIndex(folder);
  const { lines, files } = index;
  if (lines.reduce((bytes, line) => bytes + line.length + 1, 0) < MAX_BYTES) return;
  const isNeeded = (line: string): boolean => {
    const entry = entryOf(line);
    return entry !== undefined && entry.kind !== "shortened" && files.get(entry.file)?.removed === undefined;
  };
  const first = lines.findIndex(isNeeded);
  const kept = lines.slice(first < 0 ? lines.length - 1 : first);
  const firstSeq = linkOf(kept[0] ?? "")?.seq;
  if (kept.length > lines.length / 2 || firstSeq === undefined) return;
  const { text, end: after } = chainLines([bodyOf({ kind: "shortened", firstSeq })], endOf(kept));
  await writeSecret(join(folder, INDEX_FILE), `${kept.join("\n")}\n${text}`);
  await writeSecret(join(folder, INDEX_HEAD), `${JSON.stringify(after)}\n`);
}

/** The number of lines is that of the whole chain, dropped ones included. */
export function endOf(lines: readonly string[]): ChainEnd {
  const last = lines.at(-1);
  if (last === undefined) return emptyChain;
  const at = lines.findLastIndex((line) => linkOf(line) !== undefined);
  // Incomplete lines count as well.
  const before = linkOf(lines[at] ?? "")?.seq ?? -1;
  return { lines: before + lines.length - at, hash: hashOf(last) };
}

function bodyOf(entry: IndexEntry): string {
  return JSON.stringify({ time: isoTime(Date.now()), ...entry });
}

function entryOf(line: string): IndexEntry | undefined {
  try {
    return indexEntrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function ifMissing(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
  throw error;
}
