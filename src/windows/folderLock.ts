import { open, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ConstantBackoff, handleWhen, retry } from "cockatiel";
import { isAlive } from "../server/portOwner.ts";
import { codeOf } from "./patience.ts";

/** A lock is held for a few ms, or one health probe; an older one was left behind. */
const STALE_MS = 5_000;

const waiting = retry(
  handleWhen((error) => codeOf(error) === "EEXIST"),
  {
    maxAttempts: 300,
    backoff: new ConstantBackoff(20),
  },
);

/**
 * Does `work` while no other window works in the folder: windows that the editor restores together start together.
 * @throws the system's EEXIST error when the lock cannot be had within 6 s.
 */
export async function withFolderLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, "bridge.lock");
  const lock = await waiting.execute(() => take(path));
  try {
    await lock.writeFile(String(process.pid));
    return await work();
  } finally {
    await lock.close();
    await rm(path, { force: true });
  }
}

async function take(path: string): ReturnType<typeof open> {
  if (await isLeftBehind(path)) await rm(path, { force: true });
  return open(path, "wx", 0o600);
}

async function isLeftBehind(path: string): Promise<boolean> {
  try {
    const [{ mtimeMs }, holder] = await Promise.all([stat(path), readFile(path, "utf8")]);
    return Date.now() - mtimeMs > STALE_MS || (holder !== "" && !isAlive(Number(holder)));
  } catch {
    return false;
  }
}
