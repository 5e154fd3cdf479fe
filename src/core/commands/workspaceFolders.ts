import { isAbsolute } from "node:path";
import { BridgeError } from "../../protocol/errors.ts";
import { invalid, quote } from "../../protocol/validate.ts";
import type { WindowPort } from "../ports.ts";
import { containsIn, type FolderSystem, machineFolders } from "./folderPaths.ts";

/** Resolves a `workspacePath` inside the open folders of this window. */
export class WorkspaceFolders {
  readonly #window: WindowPort;
  readonly #folders: FolderSystem;

  constructor(window: WindowPort, folders: FolderSystem = machineFolders) {
    this.#window = window;
    this.#folders = folders;
  }

  /**
   * Resolves a path. Symbolic links are resolved on both sides, so that a link cannot lead out of a folder.
   * @returns the real path
   * @throws BridgeError VALIDATION_FAILED for a path that is not absolute; NOT_FOUND otherwise, with the open folders,
   * and the bridges of other windows that have it open
   */
  async resolve(workspacePath: string): Promise<string> {
    if (!isAbsolute(workspacePath)) throw invalid("workspacePath", "format", "an absolute path", "a relative path");
    const target = await this.#folders.realPath(workspacePath);
    const { workspaceFolders } = this.#window.describe();
    if (target !== undefined && (await this.#isInside(target, workspaceFolders))) return target;
    const openIn = target === undefined ? [] : await this.#othersWith(target);
    throw new BridgeError("NOT_FOUND", notOpen(workspacePath, workspaceFolders, openIn), {
      workspacePath,
      openFolders: workspaceFolders,
      ...(openIn.length > 0 && { openIn }),
    });
  }

  async #othersWith(target: string): Promise<string[]> {
    const others = await this.#window.others();
    const isIn = await Promise.all(others.map(({ workspaceFolders }) => this.#isInside(target, workspaceFolders)));
    return others.filter((_, at) => isIn[at]).map(({ url }) => url);
  }

  async #isInside(target: string, folders: readonly string[]): Promise<boolean> {
    const isIn = folders.map(async (folder) => {
      const root = await this.#folders.realPath(folder);
      return root !== undefined && (await containsIn(this.#folders, root, target));
    });
    return (await Promise.all(isIn)).includes(true);
  }
}

function notOpen(workspacePath: string, folders: readonly string[], openIn: readonly string[]): string {
  const open = folders.length === 0 ? "no folder is open" : `the open folders are ${folders.join(", ")}`;
  const elsewhere = openIn.length === 0 ? "" : ` It is open in another window: ${openIn.join(", ")}.`;
  return `'${quote(workspacePath)}' is not open in this window; ${open}.${elsewhere}`;
}
