import { realpath } from "node:fs/promises";
import { isAbsolute, relative, sep } from "node:path";
import { BridgeError } from "../protocol/errors.ts";
import { invalid, quote } from "../protocol/validate.ts";
import type { WindowPort } from "./ports.ts";

/** Finds the place that a `workspacePath` names, if it lies in a folder which is open in the window. */
export class WorkspaceFolders {
  readonly #window: WindowPort;

  constructor(window: WindowPort) {
    this.#window = window;
  }

  /**
   * Links are followed before the comparison, on both sides: a link inside a folder does not lead out of it.
   * @returns the real path.
   * @throws BridgeError VALIDATION_FAILED for a path which is not absolute; NOT_FOUND, naming the open folders, else.
   */
  async resolve(workspacePath: string): Promise<string> {
    if (!isAbsolute(workspacePath)) throw invalid("workspacePath", "format", "an absolute path", "a relative path");
    const folders = this.#window.describe().workspaceFolders;
    const [target, ...roots] = await Promise.all([workspacePath, ...folders].map(realPath));
    if (target !== undefined && roots.some((root) => root !== undefined && contains(root, target))) return target;
    throw new BridgeError("NOT_FOUND", notOpen(workspacePath, folders), { workspacePath, openFolders: folders });
  }
}

function notOpen(workspacePath: string, folders: readonly string[]): string {
  const open = folders.length === 0 ? "no folder is open" : `open are: ${folders.join(", ")}`;
  return `No window has '${quote(workspacePath)}' open; ${open}.`;
}

/** @returns undefined for a path which does not exist, or which no file system takes (a NUL). */
async function realPath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}

function contains(root: string, target: string): boolean {
  const way = relative(root, target);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
