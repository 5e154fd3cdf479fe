import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

export interface ReplaceOptions {
  /** Permissions of the file. */
  readonly mode: number;
  /** Permissions of folders that do not exist yet. */
  readonly folderMode?: number;
}

/** Writes a file as a whole: a reader gets the former text or the new one, and nobody else can read it in between. */
export async function replaceFile(path: string, text: string, { mode, folderMode }: ReplaceOptions): Promise<void> {
  await mkdir(dirname(path), { recursive: true, ...(folderMode !== undefined && { mode: folderMode }) });
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, text, { mode, flag: "wx" });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
