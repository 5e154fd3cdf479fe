import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { withFolderLock } from "../core/sharedFolder/folderLock.ts";
import { codeOf, retryBusyFile } from "../core/sharedFolder/retryBusyFile.ts";
import { prepareFolder, writeSecret } from "../core/sharedFolder/secretFolder.ts";
import { readEntries } from "./discovery.ts";

const FILE_NAME = "token";
/** Accepted tokens: a shorter one is no secret, and other characters are not valid in a header. */
const TOKEN = /^[\w-]{32,256}$/;

/** Generates a token: 256 random bits, as base64url. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * The token of this user on this machine, shared by the windows of all editors: the file `token` in the discovery
 * folder, readable only by this user (docs/decisions/token-file.md).
 */
export class TokenFile {
  readonly #folder: string;
  readonly #path: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, FILE_NAME);
  }

  /** Returns the token, or undefined if there is no valid one. */
  async read(): Promise<string | undefined> {
    try {
      const text = await retryBusyFile.execute(() => readFile(this.#path, "utf8"));
      return TOKEN.test(text.trim()) ? text.trim() : undefined;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Returns the token. If there is none, stores `first`, or a new token if `first` is not valid. */
  async get(first = ""): Promise<string> {
    return (
      (await this.read()) ?? (await this.#change((present) => present ?? (TOKEN.test(first) ? first : newToken())))
    );
  }

  /**
   * Replaces the token `old`, exactly once even if several windows ask for it; replaces any token if `old` is
   * undefined.
   */
  replace(old?: string): Promise<string> {
    return this.#change((present) => (old === undefined || present === old ? newToken() : (present ?? newToken())));
  }

  /** Removes the file, unless a bridge still publishes its token. */
  async removeUnused(): Promise<void> {
    if ((await this.read()) === undefined) return;
    await withFolderLock(this.#folder, async () => {
      const present = await this.read();
      const isUsed = (await readEntries(this.#folder)).some(({ token }) => token === present);
      if (!isUsed) await retryBusyFile.execute(() => rm(this.#path, { force: true }));
    });
  }

  async #change(next: (present: string | undefined) => string): Promise<string> {
    await prepareFolder(this.#folder);
    return await withFolderLock(this.#folder, async () => {
      const present = await this.read();
      const token = next(present);
      if (token !== present) await writeSecret(this.#path, `${token}\n`);
      return token;
    });
  }
}
