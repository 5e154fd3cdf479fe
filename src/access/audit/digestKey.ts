import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withFolderLock } from "../../core/sharedFolder/folderLock.ts";
import { prepareFolder, writeSecret } from "../../core/sharedFolder/secretFolder.ts";
import { ArgsDigest } from "./argsDigest.ts";
import { KEY_FILE } from "./auditFolder.ts";

const BYTES = 32;
const KEY = /^[\da-f]{64}$/;
/** Time in milliseconds after a failure in which the key is not tried again. */
const RETRY_MS = 5000;

/**
 * The key of the digests of arguments, shared by all windows. It is in a file of its own, so that short arguments cannot
 * be guessed from an exported log.
 */
export class DigestKey {
  readonly #folder: string;
  #digest: ArgsDigest | Promise<ArgsDigest | undefined> | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Creates the key if there is none. @returns undefined if that fails; a call after 5 s tries again */
  digest(): ArgsDigest | undefined | Promise<ArgsDigest | undefined> {
    if (this.#digest !== undefined) return this.#digest;
    if (performance.now() - this.#failedAt < RETRY_MS) return undefined;
    return (this.#digest = this.#read());
  }

  async #read(): Promise<ArgsDigest | undefined> {
    try {
      return (this.#digest = new ArgsDigest(await this.#readOrCreate()));
    } catch {
      this.#digest = undefined;
      this.#failedAt = performance.now();
      return undefined;
    }
  }

  async #readOrCreate(): Promise<string> {
    const known = await readKey(this.#folder);
    if (known !== undefined) return known;
    await prepareFolder(this.#folder);
    return await withFolderLock(this.#folder, async () => {
      const meanwhile = await readKey(this.#folder);
      if (meanwhile !== undefined) return meanwhile;
      const key = randomBytes(BYTES).toString("hex");
      await writeSecret(join(this.#folder, KEY_FILE), key);
      return key;
    });
  }
}

/** Returns undefined if there is none, or if it is not readable. */
export async function readKey(folder: string): Promise<string | undefined> {
  const key = await readFile(join(folder, KEY_FILE), "ascii").catch(() => "");
  return KEY.test(key) ? key : undefined;
}
