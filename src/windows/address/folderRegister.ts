import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { processSpace } from "../../core/processes.ts";
import { codeOf, retryBusyFile } from "../../core/sharedFolder/retryBusyFile.ts";
import { prepareFolder } from "../../core/sharedFolder/secretFolder.ts";
import type { AddressRecord, AddressRegister, RegisteredAddress } from "./addressPorts.ts";

const RECORD_FILE = "record.json";
/** Names of folders that are complete. Other entries are ignored. */
const VERSION = /^[1-9]\d{0,14}$/;
const PREPARED = /^new-[\da-f-]{36}$/;
/** Versions to keep, so that slow readers still find theirs. */
const KEPT_VERSIONS = 8;
/** The age in milliseconds after which a prepared folder was left by a process that crashed. */
const ABANDONED_MS = 10 * 60_000;
const READ_TRIES = 5;
/** On Windows, a virus scanner may have the folder open for some time. */
const RENAME_TRIES = 10;
const RENAME_PAUSE_MS = 30;
/** Much more than a record needs. */
const MAX_RECORD_BYTES = 64 * 1024;

/** Error codes of a version that has no record: something else has its name, or its record file. */
const invalidCodes: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EISDIR", "ELOOP"]);

const recordSchema = z.object({
  term: z.int().min(0),
  owner: z.object({ windowId: z.string(), pid: z.int().min(1), started: z.string().optional() }).optional(),
  port: z.int().min(1).max(65_535),
  stranger: z.string().optional(),
  renewal: z.string(),
  challenger: z.object({ windowId: z.string(), nonce: z.string() }).optional(),
});

/** Returns the folder of an address: of a port on this machine, or in this container. */
export function addressFolder(discoveryFolder: string, port: number, space: string = processSpace): string {
  const machine = createHash("sha256").update(space).digest("hex").slice(0, 12);
  return join(discoveryFolder, "addresses", `${port}-${machine}`);
}

/**
 * A register with one folder for each version, in a folder of its own. A version is prepared under another name and
 * renamed to its number: since a folder cannot replace one that is not empty, exactly one of several processes succeeds,
 * and the latest version is always complete. There is no lock (docs/decisions/one-address.md).
 */
export class FolderRegister implements AddressRegister {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(): Promise<RegisteredAddress> {
    let version = await this.#version();
    for (let tries = 0; version > 0 && tries < READ_TRIES; tries++) {
      const record = await this.#recordOf(version);
      const latest = await this.#version();
      if (record !== undefined || latest === version) return { version, record };
      // Its folder was removed while it was read, since there are later ones.
      version = latest;
    }
    return { version };
  }

  async compareAndSet(latest: RegisteredAddress, record: AddressRecord): Promise<RegisteredAddress | undefined> {
    const now = await this.read();
    if (now.version !== latest.version || now.record?.renewal !== latest.record?.renewal) return undefined;
    const version = now.version + 1;
    const prepared = join(this.#folder, `new-${randomUUID()}`);
    try {
      await this.#prepare(prepared, record);
      if (!(await renamed(prepared, join(this.#folder, String(version))))) return undefined;
    } finally {
      await remove(prepared);
    }
    const names = await this.#names();
    await this.#removeOld(names, version);
    // A slow process may create a number again that was removed since: there are later ones, and nobody reads this one.
    return latestOf(names) > version ? undefined : { version, record };
  }

  async #version(): Promise<number> {
    return latestOf(await this.#names());
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return [];
      throw error;
    }
  }

  /** Returns undefined if the record is not valid. @throws if that cannot be known, for example without permission */
  async #recordOf(version: number): Promise<AddressRecord | undefined> {
    const path = join(this.#folder, String(version), RECORD_FILE);
    try {
      if ((await stat(path)).size > MAX_RECORD_BYTES) return undefined;
      return recordSchema.safeParse(JSON.parse(await retryBusyFile.execute(() => readFile(path, "utf8")))).data;
    } catch (error) {
      if (error instanceof SyntaxError || invalidCodes.has(codeOf(error))) return undefined;
      throw error;
    }
  }

  async #prepare(prepared: string, record: AddressRecord): Promise<void> {
    await prepareFolder(this.#folder);
    await mkdir(prepared, { mode: 0o700 });
    await writeFile(join(prepared, RECORD_FILE), JSON.stringify(recordSchema.parse(record)), { mode: 0o600 });
  }

  /** Removes old versions, and folders that crashed processes have prepared. Failures do not matter. */
  async #removeOld(names: readonly string[], latest: number): Promise<void> {
    for (const name of names) {
      const path = join(this.#folder, name);
      if (VERSION.test(name) ? Number(name) <= latest - KEPT_VERSIONS : PREPARED.test(name) && (await isOld(path))) {
        await remove(path);
      }
    }
  }
}

function latestOf(names: readonly string[]): number {
  return Math.max(0, ...names.filter((name) => VERSION.test(name)).map(Number));
}

/** Renames a folder. @returns false if the target exists */
async function renamed(from: string, to: string): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      await rename(from, to);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(code)) return false;
      // Windows does not distinguish a target that exists from a folder that is in use.
      if (!["EPERM", "EACCES", "EBUSY"].includes(code)) throw error;
      if (await exists(to)) return false;
      if (tries === RENAME_TRIES) throw error;
      await delay(RENAME_PAUSE_MS);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function isOld(path: string): Promise<boolean> {
  return await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > ABANDONED_MS,
    () => false,
  );
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}
