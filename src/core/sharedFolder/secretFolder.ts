import { chmod, mkdir, stat } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { retryBusyFile } from "./retryBusyFile.ts";

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

/**
 * Creates the discovery folder, or restricts an existing one to this user, because it holds secrets. On Windows it is
 * in the user's profile, which only the user and administrators can access.
 */
export async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  if (process.platform === "win32") return;
  const { mode } = await stat(folder);
  if ((mode & 0o777) !== OWNER_ONLY_FOLDER) await chmod(folder, OWNER_ONLY_FOLDER);
}

/** Writes a file atomically that only this user can read: readers get either the old text or the new one. */
export async function writeSecret(path: string, text: string): Promise<void> {
  await retryBusyFile.execute(() => writeFileAtomic(path, text, { mode: OWNER_ONLY_FILE }));
}
