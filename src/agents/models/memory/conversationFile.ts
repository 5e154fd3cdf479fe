import { rm, stat } from "node:fs/promises";
import { Pace } from "../../../base/pace.ts";
import { AppendedFile } from "../../../core/sharedFolder/appendedFile.ts";
import { decodeLine, encodeLine, linesIn } from "../../../core/sharedFolder/checkedLines.ts";
import { codeOf } from "../../../core/sharedFolder/retryBusyFile.ts";
import { writeSecret } from "../../../core/sharedFolder/secretFolder.ts";
import type { Redactor } from "../../../core/privacy/redactor.ts";
import type { Entry } from "./conversationItems.ts";
import { beginning, isBeginning, parseEntry, recordOf } from "./conversationRecords.ts";
import { maskedItem } from "./maskedItem.ts";

/** The contents of a file of a conversation. */
export interface StoredEntries {
  readonly entries: readonly Entry[];
  /** Bytes at the end: a line that was being written when the process or the machine ended. */
  readonly tornBytes: number;
  /** Lines that are not as they were written. */
  readonly damagedLines: number;
}

/** The file of one conversation: a line for each item, without secrets, each with a checksum. */
export class ConversationFile {
  readonly #path: string;
  readonly #redactor: Redactor;
  #file: AppendedFile | undefined;
  /** True once there was a file. */
  #wasThere = false;

  constructor(path: string, redactor: Redactor) {
    this.#path = path;
    this.#redactor = redactor;
  }

  /** Returns no entries if there is no file, or one of another version. */
  async read(): Promise<StoredEntries> {
    const bytes = await this.#readAll();
    const pace = new Pace();
    const entries: Entry[] = [];
    let damagedLines = 0;
    let end = 0;
    let isKnown = false;
    for (const { offset, length } of linesIn(bytes)) {
      const record = decodeLine(bytes.subarray(offset, offset + length));
      if (offset === 0) {
        isKnown = isBeginning(record);
        if (!isKnown) break;
      } else {
        const entry = parseEntry(record);
        if (entry === undefined) damagedLines += 1;
        else entries.push(entry);
      }
      end = offset + length + 1;
      await pace.pause();
    }
    return isKnown || bytes.length === 0
      ? { entries, damagedLines, tornBytes: bytes.length - end }
      : { entries: [], damagedLines: 1, tornBytes: 0 };
  }

  /** Returns true if another program has removed the file, as it is when the user clears the history. */
  async isGone(): Promise<boolean> {
    if (this.#file !== undefined) return await this.#file.isGone();
    if (!this.#wasThere) return false;
    return await stat(this.#path).then(
      () => false,
      (error: unknown) => codeOf(error) === "ENOENT",
    );
  }

  /** Adds entries to a file that has all earlier ones. Resolves when they are on the disk. */
  async append(entries: readonly Entry[]): Promise<void> {
    try {
      this.#file ??= await AppendedFile.open(this.#path);
      await this.#file.append(Buffer.from(await this.#linesOf(entries)));
      await this.#file.sync();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Replaces the whole file, or leaves it as it was. Resolves when it is on the disk. */
  async rewrite(entries: readonly Entry[]): Promise<void> {
    await this.close();
    await writeSecret(this.#path, encodeLine(beginning) + (await this.#linesOf(entries)));
    this.#wasThere = true;
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.#path, { force: true });
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
  }

  async #readAll(): Promise<Buffer> {
    try {
      const file = await AppendedFile.openForReading(this.#path);
      this.#wasThere = true;
      try {
        return await file.readAll();
      } finally {
        await file.close();
      }
    } catch (error) {
      if (codeOf(error) === "ENOENT") return Buffer.alloc(0);
      throw error;
    }
  }

  async #linesOf(entries: readonly Entry[]): Promise<string> {
    let lines = "";
    for (const entry of entries) {
      lines += encodeLine(recordOf({ ...entry, item: await maskedItem(entry.item, this.#redactor) }));
    }
    return lines;
  }
}
