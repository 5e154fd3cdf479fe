import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { hashOf } from "./auditChain.ts";
import { processSpace } from "../../core/processes.ts";

export const INDEX_FILE = "index.jsonl";
export const INDEX_HEAD = "index.head";
/** The key of the digests of arguments. */
export const KEY_FILE = "digest.key";

/** `<start, epoch ms>-<machine>-<process ID>.jsonl`. Each window writes its own files. */
const FILE_NAME = /^(\d{13,15})-[\da-f]{8}-\d{1,10}\.jsonl$/;
/** Identifies this machine or container without its name. */
export const machine = hashOf(processSpace).slice(0, 8);

export interface AuditFileStat {
  readonly name: string;
  readonly size: number;
  /** Epoch milliseconds, like `modifiedAt`. */
  readonly startedAt: number;
  readonly modifiedAt: number;
}

/** Returns the folder of the audit log, in the discovery folder. */
export function auditFolder(discoveryFolder: string): string {
  return join(discoveryFolder, "audit");
}

export function auditFileName(startedAt: number): string {
  return `${startedAt}-${machine}-${process.pid}.jsonl`;
}

/** Returns the name of the file with the last hash and the number of lines, which is rewritten after each batch. */
export function headNameOf(name: string): string {
  return name.replace(/jsonl$/, "head");
}

export function isAuditFile(name: string): boolean {
  return FILE_NAME.test(name);
}

/** Lists the files of all windows, oldest first. Returns none if the folder does not exist. */
export async function listAuditFiles(folder: string): Promise<AuditFileStat[]> {
  const names = (await readdir(folder).catch(() => [])).filter(isAuditFile);
  const found = await Promise.all(names.map((name) => describe(folder, name)));
  return found
    .filter((file) => file !== undefined)
    .toSorted((a, b) => a.startedAt - b.startedAt || (a.name < b.name ? -1 : 1));
}

async function describe(folder: string, name: string): Promise<AuditFileStat | undefined> {
  const stats = await stat(join(folder, name)).catch(() => undefined);
  if (stats?.isFile() !== true) return undefined;
  return { name, size: stats.size, startedAt: Number(FILE_NAME.exec(name)?.[1]), modifiedAt: stats.mtimeMs };
}
