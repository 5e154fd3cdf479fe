import { randomUUID } from "node:crypto";
import { readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import type { Logger } from "../../../base/logger.ts";
import { withFolderLock } from "../../../core/sharedFolder/folderLock.ts";
import { codeOf, retryBusyFile } from "../../../core/sharedFolder/retryBusyFile.ts";
import { prepareFolder, writeSecret } from "../../../core/sharedFolder/secretFolder.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { StateBackend } from "../../bus/transport.ts";

const MAX_STATES = 1000;
/** Far above the largest state: a larger file is none of ours. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** Broken files that are kept of one state. */
const MAX_BROKEN = 3;

const fileSchema = z.object({ revision: z.string().min(1), document: z.unknown() });
type StateFile = z.infer<typeof fileSchema>;

/**
 * The states of plugins as files that only the user can read, one for each plugin, and one for what it shares. Compares and sets under the lock of the
 * folder, so a window that has lost the address, and writes late, overwrites nothing.
 */
export class FileBackend implements StateBackend {
  readonly #folder: string;
  readonly #logger: Logger;

  constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  async read(name: string): Promise<StateFile | undefined> {
    const found = await this.#look(name);
    return found === "broken" ? await this.#locked(() => this.#readOrSetAside(name)) : found;
  }

  async write(name: string, document: unknown, revision: string | undefined): Promise<boolean> {
    // The folder of the bus belongs to the user alone as well.
    await prepareFolder(dirname(this.#folder));
    await prepareFolder(this.#folder);
    return await this.#locked(async () => {
      const current = await this.#readOrSetAside(name);
      if (current?.revision !== revision) return false;
      if (current === undefined) await this.#checkRoom(name);
      const file: StateFile = { revision: randomUUID(), document };
      await writeSecret(this.#pathOf(name), JSON.stringify(file));
      return true;
    });
  }

  async #readOrSetAside(name: string): Promise<StateFile | undefined> {
    const found = await this.#look(name);
    if (found !== "broken") return found;
    const brokenName = `${name}.${Date.now()}.broken`;
    await retryBusyFile.execute(() => rename(this.#pathOf(name), join(this.#folder, brokenName)));
    this.#logger.error(
      "The file with the state of a plugin is broken. It was kept under another name, and the state begins empty.",
      {
        plugin: name,
        keptAs: brokenName,
      },
    );
    const kept = (await readdir(this.#folder)).filter(
      (file) => file.startsWith(`${name}.`) && /^\d+\.broken$/.test(file.slice(name.length + 1)),
    );
    for (const oldest of kept.toSorted().slice(0, -MAX_BROKEN)) await rm(join(this.#folder, oldest), { force: true });
    return undefined;
  }

  async #look(name: string): Promise<StateFile | "broken" | undefined> {
    const path = this.#pathOf(name);
    try {
      if ((await stat(path)).size > MAX_FILE_BYTES) return "broken";
      return parse(await readFile(path, "utf8"));
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Counts documents of a kind. */
  async #checkRoom(name: string): Promise<void> {
    const isSharing = (file: string): boolean => file.includes(".sharing");
    const files = (await readdir(this.#folder)).filter((file) => file.endsWith(".json"));
    const states = files.filter((file) => isSharing(file) === isSharing(name));
    if (states.length < MAX_STATES) return;
    throw new BridgeError("RATE_LIMIT_EXCEEDED", `The states of ${MAX_STATES} plugins are kept, and no more.`);
  }

  #locked<T>(work: () => Promise<T>): Promise<T> {
    return withFolderLock(this.#folder, work);
  }

  #pathOf(name: string): string {
    if (!/^[a-z\d][a-z\d-]{0,63}(?:\.sharing)?$/.test(name))
      throw new BridgeError("VALIDATION_FAILED", "This is no name of a plugin.");
    return join(this.#folder, `${name}.json`);
  }
}

function parse(text: string): StateFile | "broken" {
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch {
    return "broken";
  }
}
