import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isoTime } from "../../../base/isoTime.ts";
import type { AuditVerification } from "../../../protocol/audit/auditVerification.ts";
import { fileLines } from "../fileLines.ts";
import { verifyAudit } from "./verifyAudit.ts";

const OWNER_ONLY = 0o600;
const FORMAT = "kiro-bridge-audit-export/1";
const NEWLINE = Buffer.from("\n");
/** Size of a write in bytes. */
const WRITE_BYTES = 256 * 1024;

/**
 * Writes the index and all files into one file of JSON lines, unchanged, so that their chains can be verified again
 * (docs/audit.md#export). Replaces an existing file when all is written.
 */
export async function exportAudit(folder: string, path: string): Promise<AuditVerification> {
  const verification = await verifyAudit(folder);
  const unfinished = `${path}.${process.pid}.part`;
  try {
    const file = await open(unfinished, "wx", OWNER_ONLY);
    try {
      await writeAll(file, folder, verification);
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw error;
  }
  return verification;
}

async function writeAll(file: FileHandle, folder: string, verification: AuditVerification): Promise<void> {
  const { files, ...result } = verification;
  await writeJson(file, { format: FORMAT, exportedAt: isoTime(Date.now()), verification: result });
  for (const verdict of files) {
    await writeJson(file, verdict);
    await copyLines(file, join(folder, verdict.file));
  }
}

async function writeJson(file: FileHandle, value: object): Promise<void> {
  await file.appendFile(`${JSON.stringify(value)}\n`);
}

/** Copies the whole lines of a file. */
async function copyLines(file: FileHandle, path: string): Promise<void> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const { bytes, isWhole, isTooLong } of fileLines(createReadStream(path))) {
    if (!isWhole || isTooLong) continue;
    parts.push(bytes, NEWLINE);
    length += bytes.length + 1;
    if (length < WRITE_BYTES) continue;
    await file.appendFile(Buffer.concat(parts));
    parts = [];
    length = 0;
  }
  await file.appendFile(Buffer.concat(parts));
}
