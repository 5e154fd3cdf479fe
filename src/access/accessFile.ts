import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Disposable } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import { withFolderLock } from "../core/sharedFolder/folderLock.ts";
import { FolderWatch } from "../core/sharedFolder/folderWatch.ts";
import { codeOf, retryBusyFile } from "../core/sharedFolder/retryBusyFile.ts";
import { prepareFolder, writeSecret } from "../core/sharedFolder/secretFolder.ts";

/** Maximum size in bytes, far above that of 200 clients with long lists of commands. */
const MAX_BYTES = 16 * 1024 * 1024;

/** The text that all windows of this user share. */
export interface AccessStorage {
  /** Names the place, for people. */
  readonly path: string;
  /** Identifies the current text. Cheap. */
  stamp(): Promise<string>;
  /** Returns undefined if there is none. */
  read(): Promise<string | undefined>;
  /**
   * Changes the text while no other window does.
   * @param edit returns the new text, or undefined to keep the present one
   * @param retryMs see `withFolderLock`
   */
  change(edit: (present: string | undefined) => string | undefined, retryMs?: number): Promise<void>;
  /** Calls `look` now and after each change by anyone, at the latest after 5 s. */
  watch(look: () => Promise<void>): Disposable;
}

/** A file in the discovery folder, readable only by this user: `access.json` or `oauth.json`. */
export class AccessFile implements AccessStorage {
  readonly path: string;
  readonly #folder: string;
  readonly #logger: Logger;

  constructor(folder: string, logger: Logger, name = "access.json") {
    this.path = join(folder, name);
    this.#folder = folder;
    this.#logger = logger;
  }

  async stamp(): Promise<string> {
    try {
      const { ino, size, mtimeNs, ctimeNs } = await stat(this.path, { bigint: true });
      return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
    } catch (error) {
      return codeOf(error);
    }
  }

  async read(): Promise<string | undefined> {
    try {
      if ((await stat(this.path)).size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
      return await retryBusyFile.execute(() => readFile(this.path, "utf8"));
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  async change(edit: (present: string | undefined) => string | undefined, retryMs?: number): Promise<void> {
    await prepareFolder(this.#folder);
    await withFolderLock(
      this.#folder,
      async () => {
        const text = edit(await this.read());
        if (text !== undefined) await writeSecret(this.path, text);
      },
      retryMs,
    );
  }

  watch(look: () => Promise<void>): Disposable {
    return new FolderWatch(this.#folder, look, this.#logger);
  }
}
