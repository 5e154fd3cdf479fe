import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withFolderLock } from "../../core/sharedFolder/folderLock.ts";
import { codeOf, retryBusyFile } from "../../core/sharedFolder/retryBusyFile.ts";
import { prepareFolder, writeSecret } from "../../core/sharedFolder/secretFolder.ts";
import { BridgeError, messageOf } from "../../protocol/errors.ts";

const FILE_NAME = "link.key";
const KEY_BYTES = 32;
/** 32 bytes as base64url. */
const KEY = /^[\w-]{43}$/;

/**
 * The secret by which the windows of this user recognize each other: the file `link.key` in the discovery folder,
 * readable only by this user. It is never sent, and never replaced: windows with different keys are strangers.
 */
export class LinkKey {
  readonly #folder: string;
  readonly #path: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, FILE_NAME);
  }

  /**
   * Returns the key. Creates it if there is none.
   * @throws BridgeError CONFIGURATION_ERROR if the file cannot be read or created, or has no valid key
   */
  async get(): Promise<Buffer> {
    try {
      return (await this.#read()) ?? (await this.#create());
    } catch (error) {
      throw this.#failed(messageOf(error));
    }
  }

  async #read(): Promise<Buffer | undefined> {
    const text = await retryBusyFile
      .execute(() => readFile(this.#path, "utf8"))
      .catch((error: unknown) => {
        if (codeOf(error) === "ENOENT") return undefined;
        throw error;
      });
    if (text === undefined) return undefined;
    if (!KEY.test(text.trim())) throw new Error("it has no valid key");
    return Buffer.from(text.trim(), "base64url");
  }

  async #create(): Promise<Buffer> {
    await prepareFolder(this.#folder);
    return await withFolderLock(this.#folder, async () => {
      const present = await this.#read();
      if (present !== undefined) return present;
      const key = randomBytes(KEY_BYTES);
      await writeSecret(this.#path, `${key.toString("base64url")}\n`);
      return key;
    });
  }

  #failed(why: string): BridgeError {
    const advice = "Close all windows, remove the file, and open them again.";
    return new BridgeError("CONFIGURATION_ERROR", `The file ${this.#path} cannot be used: ${why}. ${advice}`);
  }
}
