import { constants } from "node:fs";
import { open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../core/sharedFolder/retryBusyFile.ts";
import { prepareFolder, writeSecret } from "../../core/sharedFolder/secretFolder.ts";
import type { LedgerStorage } from "./keyLedger.ts";

const NAME = /^keys-(\d{1,15})\.jsonl$/;

/** The ledgers of one address, `keys-<term>.jsonl` in a folder that only this user can read. */
export class LedgerFolder implements LedgerStorage {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(): Promise<string> {
    for (;;) {
      const latest = (await this.#terms()).at(-1);
      if (latest === undefined) return "";
      try {
        return await readFile(this.#path(latest), "utf8");
      } catch (error) {
        // Another window has removed it, after it has written a later one.
        if (codeOf(error) !== "ENOENT") throw error;
      }
    }
  }

  async replace(term: number, text: string): Promise<void> {
    await prepareFolder(this.#folder);
    await writeSecret(this.#path(term), text);
    for (const earlier of await this.#terms()) {
      if (earlier < term) await rm(this.#path(earlier), { force: true });
    }
  }

  async append(term: number, text: string): Promise<void> {
    // Not created again, if the owner of a later term has removed it.
    const file = await open(this.#path(term), constants.O_WRONLY | constants.O_APPEND);
    try {
      await file.appendFile(text);
    } finally {
      await file.close();
    }
  }

  /** In ascending order. */
  async #terms(): Promise<number[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return [];
      throw error;
    });
    const terms = names.map((name) => NAME.exec(name)?.[1]).filter((term) => term !== undefined);
    return terms.map(Number).toSorted((a, b) => a - b);
  }

  #path(term: number): string {
    return join(this.#folder, `keys-${term}.jsonl`);
  }
}
