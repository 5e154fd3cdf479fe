import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { messageOf } from "../../protocol/errors.ts";
import { invalid, type ManifestReading, parseManifest } from "./parseManifest.ts";

/** The maximum size of a manifest in bytes. */
const MAX_BYTES = 1024 * 1024;

/** Returns the path of the manifest of a plugin. */
export function manifestPath(folder: string): string {
  return join(folder, ".claude-plugin", "plugin.json");
}

/**
 * Reads the manifest of the plugin in a folder.
 * @returns undefined if the folder has none
 */
export async function readManifest(folder: string): Promise<ManifestReading | undefined> {
  let reading: ManifestReading;
  try {
    reading = await readBounded(manifestPath(folder));
  } catch (error) {
    return isMissing(error) ? undefined : invalid(`cannot be read: ${messageOf(error)}`);
  }
  if (reading.kind === "invalid" || reading.manifest.main === undefined) return reading;
  return (await insideOf(folder, reading.manifest.main)) === undefined
    ? invalid("is not a file inside of the folder of the plugin", "main")
    : reading;
}

/**
 * Returns the real path of a file, or undefined if it does not exist, or is outside of the folder, also by a symbolic
 * link.
 */
export async function insideOf(folder: string, file: string): Promise<string | undefined> {
  if (isAbsolute(file)) return undefined;
  try {
    const [root, path] = await Promise.all([realpath(folder), realpath(resolve(folder, file))]);
    const way = relative(root, path);
    return way === "" || way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way) ? undefined : path;
  } catch {
    return undefined;
  }
}

/** Reads at most the allowed bytes of a file. Does not wait for a named pipe. */
async function readBounded(path: string): Promise<ManifestReading> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return invalid("is not a file");
    if (stats.size > MAX_BYTES) return invalid("has more than 1 MiB");
    const bytes = Buffer.alloc(stats.size);
    const { bytesRead } = await file.read(bytes, 0, stats.size, 0);
    return parseManifest(bytes.toString("utf8", 0, bytesRead));
  } finally {
    await file.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
