import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withFolderLock } from "../../core/sharedFolder/folderLock.ts";
import { prepareFolder, writeSecret } from "../../core/sharedFolder/secretFolder.ts";
import { ArgsDigest } from "./argsDigest.ts";
import { KEY_FILE } from "./auditFolder.ts";

const BYTES = 32;
/** Time in milliseconds after a failure in which the key is not tried again. */
const RETRY_MS = 5000;

/**
 * The key of the digests of arguments, shared by all windows. It is in a file of its own, so that short arguments cannot
 * be guessed from an exported log.
 */
export class DigestKey {
  readonly #folder: string;
  #digest: Promise<ArgsDigest | undefined> | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Creates the key if there is none. @returns undefined if that fails; a call after 5 s tries again */
  async digest(): Promise<ArgsDigest | undefined> {
    if (performance.now() - this.#failedAt < RETRY_MS) return undefined;
    return await (this.#digest ??= this.#readDigest().catch(() => {
      this.#digest = undefined;
      this.#failedAt = performance.now();
      return undefined;
    }));
  }

  async #readDigest(): Promise<ArgsDigest> {
    return new ArgsDigest(await this.#readOrCreate());
  }

  async #readOrCreate(): Promise<Buffer> {
    const known = await readKey(this.#folder);
    if (known !== undefined) return known;
    await prepareFolder(this.#folder);
    return await withFolderLock(this.#folder, async () => {
      const meanwhile = await readKey(this.#folder);
      if (meanwhile !== undefined) return meanwhile;
      const key = randomBytes(BYTES);
      await writeSecret(join(this.#folder, KEY_FILE), `${key.toString("hex")}\n`);
      return key;
    });
  }
}

/** Returns undefined if there is none, or if it is not readable. */
export async function readKey(folder: string): Promise<Buffer | undefined> {
  const text = await readFile(join(folder, KEY_FILE), "utf8").catch(() => "");
  const key = Buffer.from(text.trim(), "hex");
  return key.length === BYTES ? key : undefined;
}
