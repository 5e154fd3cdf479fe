import { realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, sep } from "node:path";

/** The file system, as far as folders are compared. */
export interface FolderSystem {
  /** True if names that differ only in letter case may be the same. */
  readonly ignoresCase: boolean;
  /** Resolves symbolic links. @returns undefined for a path that does not exist or is invalid */
  realPath(path: string): Promise<string | undefined>;
  /** Returns true if both paths are the same existing file or folder. */
  isSame(a: string, b: string): Promise<boolean>;
}

/** The file system of this machine. */
export const machineFolders: FolderSystem = {
  ignoresCase: process.platform === "win32" || process.platform === "darwin",
  // A path may contain a NUL.
  realPath: (path) => realpath(path).catch(() => undefined),
  isSame: async (a, b) => {
    const identities = [a, b].map(async (path) => {
      const { dev, ino } = await stat(path, { bigint: true });
      return `${dev} ${ino}`;
    });
    const [one, other] = await Promise.all(identities).catch(() => []);
    return one !== undefined && one === other;
  },
};

/** Returns the number of names in a real path. */
export function depthOf(path: string): number {
  return path.split(sep).filter((name) => name !== "").length;
}

/** Returns true if a real path is a folder or is inside it. */
function contains(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/**
 * Returns true if a real path is a folder or is inside it, with the letter case as the file system has it: on some, a real
 * path still has the case of the caller.
 */
export async function containsIn(folders: FolderSystem, root: string, path: string): Promise<boolean> {
  if (contains(root, path)) return true;
  if (!folders.ignoresCase || !contains(folded(root), folded(path))) return false;
  const names = path.split(sep);
  const beginning = names.slice(0, root.split(sep).filter((name, at) => at === 0 || name !== "").length).join(sep);
  return await folders.isSame(root, beginning);
}

function folded(path: string): string {
  return path.normalize("NFC").toLowerCase();
}
