import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withFolderLock } from "./folderLock.ts";
import { codeOf, patience } from "./retryBusyFile.ts";
import { prepareFolder, writeSecret } from "./secretFolder.ts";

const FILE_NAME = "token";
/** What is shorter is no secret, and what has other characters is no header. */
const TOKEN = /^[\w-]{32,256}$/;

/** 256 random bits, base64url. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * The token of this user on this machine, shared by all windows of all editors: `token` in the discovery folder, readable
 * by this user alone, as the entries are that have held it ever since (docs/decisions/token-file.md).
 */
export class TokenFile {
  readonly #folder: string;
  readonly #path: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, FILE_NAME);
  }

  /** Undefined: there is none, or what is there cannot be one. */
  async read(): Promise<string | undefined> {
    try {
      const text = await patience.execute(() => readFile(this.#path, "utf8"));
      return TOKEN.test(text.trim()) ? text.trim() : undefined;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  /** The token; where there is none, `first` becomes it, or a new one. */
  async get(first = ""): Promise<string> {
    return (
      (await this.read()) ?? (await this.#change((present) => present ?? (TOKEN.test(first) ? first : newToken())))
    );
  }

  /** Puts a new token in the place of `old`, once, however many windows ask for it; of any when `old` is not said. */
  replace(old?: string): Promise<string> {
    return this.#change((present) => (old === undefined || present === old ? newToken() : (present ?? newToken())));
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
