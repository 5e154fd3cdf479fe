import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Returns all files of a folder, at any depth. */
export async function filesBelow(folder: string): Promise<[path: string, bytes: Buffer][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(paths.map(async (path) => [path, await readFile(path)] as [string, Buffer]));
}
