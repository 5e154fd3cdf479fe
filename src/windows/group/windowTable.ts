import { isAbsolute } from "node:path";
import { BridgeError } from "../../protocol/errors.ts";
import type { WindowRecord } from "../../protocol/status.ts";
import { unavailable } from "../../protocol/unavailable.ts";
import { invalid, quote } from "../../protocol/validate.ts";
import type { Place, WindowStatus } from "../../server/windows/windows.ts";
import { containsIn, depthOf, type FolderSystem, machineFolders } from "../../core/commands/folderPaths.ts";

/** A window that requests can be for. */
export interface TableWindow {
  readonly record: WindowRecord;
  readonly isResponding: boolean;
  /** Undefined until it is known. */
  status?(): Pick<WindowStatus, "status"> | undefined;
}

/** Tolerance in milliseconds for times of other windows. */
const CLOCK_TOLERANCE_MS = 1000;

export interface WindowTableDeps<W extends TableWindow> {
  /** Returns all windows, the owner of the address first. */
  windows(): readonly W[];
  readonly folders?: FolderSystem | undefined;
  /** Returns the time in epoch milliseconds, injectable for tests. */
  readonly now?: (() => number) | undefined;
}

/** Selects the window of a request (docs/wire-contract.md#49-windows). */
export class WindowTable<W extends TableWindow> {
  readonly #deps: WindowTableDeps<W>;
  readonly #folders: FolderSystem;
  /** The real paths of open folders. */
  readonly #roots = new Map<string, Promise<string | undefined>>();

  constructor(deps: WindowTableDeps<W>) {
    this.#deps = deps;
    this.#folders = deps.folders ?? machineFolders;
  }

  /** The window that had the focus last; the owner of the address if none of them had it. */
  get focused(): W | undefined {
    return this.#lastFocused(current(this.#deps.windows()));
  }

  /** Resolves symbolic links again: a window has joined or left, or its folders have changed. */
  foldersChanged(): void {
    this.#roots.clear();
  }

  /**
   * @throws BridgeError NOT_FOUND for an unknown window, or a path in no window, with the open folders; VALIDATION_FAILED
   * for a relative path; KIRO_UNAVAILABLE (`window-gone`) if the window does not respond now
   */
  async select({ windowId, workspacePath }: Place): Promise<W> {
    const selected =
      windowId === undefined
        ? await this.#at(workspacePath)
        : this.#deps.windows().find(({ record }) => record.id === windowId);
    if (selected === undefined) throw this.#unknown(windowId ?? "");
    if (!selected.isResponding) throw notResponding(selected.record);
    return selected;
  }

  async #at(workspacePath: string | undefined): Promise<W | undefined> {
    if (workspacePath === undefined) return this.focused;
    if (!isAbsolute(workspacePath)) throw invalid("workspacePath", "format", "an absolute path", "a relative path");
    const target = await this.#folders.realPath(workspacePath);
    const windows = current(this.#deps.windows());
    const depths =
      target === undefined ? [] : await Promise.all(windows.map((window) => this.#depthIn(window, target)));
    const deepest = Math.max(-1, ...depths);
    if (deepest < 0) throw this.#notOpen(workspacePath);
    const found = windows.filter((_window, at) => depths[at] === deepest);
    // An extension host without its window may live for minutes, while the same folder was opened again.
    const responding = found.filter(({ isResponding }) => isResponding);
    return this.#lastFocused(responding.length > 0 ? responding : found);
  }

  /** Returns the depth of the deepest folder of a window that contains a real path, or -1. */
  async #depthIn({ record }: W, target: string): Promise<number> {
    const depths = record.workspaceFolders.map(async (folder) => {
      const root = await this.#rootOf(folder);
      return root !== undefined && (await containsIn(this.#folders, root, target)) ? depthOf(root) : -1;
    });
    return Math.max(-1, ...(await Promise.all(depths)));
  }

  async #rootOf(folder: string): Promise<string | undefined> {
    const known = this.#roots.get(folder);
    if (known !== undefined) return await known;
    const resolving = this.#folders.realPath(folder);
    this.#roots.set(folder, resolving);
    const root = await resolving;
    // It may be created later.
    if (root === undefined && this.#roots.get(folder) === resolving) this.#roots.delete(folder);
    return root;
  }

  /**
   * Returns the first one if none had the focus. A time in the future is from before the clock was set back. A window whose
   * page is gone, or a bridge without an editor, can run no editor command, and so counts only if there is no other.
   */
  #lastFocused(all: readonly W[]): W | undefined {
    const withPage = all.filter((window) => window.status?.()?.status !== "unavailable");
    const editors = withPage.filter(({ record: { kind } }) => kind !== "server");
    const windows = [editors, withPage, all].find(({ length }) => length > 0) ?? [];
    const latest = (this.#deps.now ?? Date.now)() + CLOCK_TOLERANCE_MS;
    const at = ({ record: { focusedAt = Number.NEGATIVE_INFINITY } }: W): number =>
      focusedAt > latest ? Number.MIN_SAFE_INTEGER : focusedAt;
    return windows.reduce<W | undefined>(
      (last, each) => (last === undefined || at(each) > at(last) ? each : last),
      undefined,
    );
  }

  #unknown(windowId: string): BridgeError {
    const openFolders = this.#openFolders();
    const message = `There is no window '${quote(windowId)}'; ${openText(openFolders)}.`;
    return new BridgeError("NOT_FOUND", message, { windowId, openFolders });
  }

  #notOpen(workspacePath: string): BridgeError {
    const openFolders = this.#openFolders();
    const message = `'${quote(workspacePath)}' is not open in any window; ${openText(openFolders)}.`;
    return new BridgeError("NOT_FOUND", message, { workspacePath, openFolders });
  }

  #openFolders(): string[] {
    return [...new Set(this.#deps.windows().flatMap(({ record }) => record.workspaceFolders))];
  }
}

/** Returns the error of a request to a window that sends no heartbeat. */
export function notResponding({ id, workspaceFolders }: WindowRecord): BridgeError {
  const folders = workspaceFolders.length === 0 ? "without a folder" : `with ${workspaceFolders.join(", ")}`;
  return unavailable("window-gone", `The window ${folders} does not respond now. Try again later.`, { windowId: id });
}

function openText(folders: readonly string[]): string {
  return folders.length === 0 ? "no folder is open" : `the open folders are ${folders.join(", ")}`;
}

/**
 * Leaves out windows that do not respond and have been replaced: their process has another bridge now, with the same
 * folders.
 */
function current<W extends TableWindow>(windows: readonly W[]): readonly W[] {
  const isReplaced = ({ record, isResponding }: W): boolean =>
    !isResponding && windows.some((other) => other.isResponding && isSameWindow(other.record, record));
  return windows.some(({ isResponding }) => !isResponding) ? windows.filter((window) => !isReplaced(window)) : windows;
}

function isSameWindow(a: WindowRecord, b: WindowRecord): boolean {
  return a.pid === b.pid && a.editor === b.editor && a.workspaceFolders.join("\0") === b.workspaceFolders.join("\0");
}
