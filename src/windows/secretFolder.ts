import { chmod, mkdir, stat } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { patience } from "./retryBusyFile.ts";

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

/**
 * Makes the folder; an existing one that others may enter is closed to them: it holds secrets. On Windows the profile folder in which
 * it lies lets in this user and the administrators alone.
 */
export async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  if (process.platform === "win32") return;
  const { mode } = await stat(folder);
  if ((mode & 0o777) !== OWNER_ONLY_FOLDER) await chmod(folder, OWNER_ONLY_FOLDER);
}

/** Writes a file that this user alone may read. Whoever reads it meanwhile gets the old text or the new one, whole. */
export async function writeSecret(path: string, text: string): Promise<void> {
  await patience.execute(() => writeFileAtomic(path, text, { mode: OWNER_ONLY_FILE }));
}
