import { randomUUID } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Pace } from "../../../base/pace.ts";
import { AppendedFile } from "../../../core/sharedFolder/appendedFile.ts";
import { decodeLine, encodeLine, linesIn } from "../../../core/sharedFolder/checkedLines.ts";
import { prepareFolder } from "../../../core/sharedFolder/secretFolder.ts";
import { dayOfFile } from "./usageFileNames.ts";
import { parseUsageRecord, type UsageRecord } from "./usageRecord.ts";

/** Bytes that are read of one file at once. */
const BLOCK = 4 * 1024 * 1024;
/** Days for which files are kept: in another time zone, it may be another day. */
const KEPT_DAYS_MS = 2 * 24 * 60 * 60 * 1000;

/**
 * The files in which the windows tell each other what they have used, one for each day and each run of a bridge. Each is
 * only appended to, and by one process.
 */
export class UsageFiles {
  readonly #folder: string;
  readonly #id = randomUUID();
  #own: { readonly day: string; readonly file: AppendedFile } | undefined;
  /** The end of what was read of each file of others. */
  #read: { readonly day: string; readonly ends: Map<string, number> } | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Size in bytes of what this process has written today. */
  get size(): number {
    return this.#own?.file.size ?? 0;
  }

  async append(day: string, records: readonly UsageRecord[]): Promise<void> {
    try {
      if (this.#own?.day !== day) await this.#begin(day);
      await this.#own?.file.append(Buffer.from(records.map(encodeLine).join("")));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Returns the records of other processes that were not read before. All of them if the day is another one. */
  async readOthers(day: string): Promise<readonly UsageRecord[]> {
    if (this.#read?.day !== day) this.#read = { day, ends: new Map() };
    const { ends } = this.#read;
    const names = await readdir(this.#folder).catch(() => []);
    const records: UsageRecord[] = [];
    for (const name of names) {
      if (dayOfFile(name) !== day || name === this.#nameOf(day)) continue;
      await this.#readFrom(name, ends, records);
    }
    return records;
  }

  async close(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    await own?.file.close().catch(() => undefined);
  }

  async #begin(day: string): Promise<void> {
    await this.close();
    await prepareFolder(this.#folder);
    await this.#trim();
    const path = join(this.#folder, this.#nameOf(day));
    // It exists if an earlier line could not be written.
    const file = await AppendedFile.create(path).catch(() => AppendedFile.open(path));
    this.#own = { day, file };
  }

  async #readFrom(name: string, ends: Map<string, number>, records: UsageRecord[]): Promise<void> {
    const path = join(this.#folder, name);
    const end = ends.get(name) ?? 0;
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined || stats.size <= end) return;
    const file = await AppendedFile.openForReading(path);
    const pace = new Pace();
    try {
      for (let offset = end; offset < stats.size; ) {
        const bytes = await file.read({ offset, length: Math.min(BLOCK, stats.size - offset) });
        const last = bytes.lastIndexOf("\n") + 1;
        // The rest of a line that is being written is read the next time.
        if (last === 0) return;
        for (const line of linesIn(bytes)) {
          const record = parseUsageRecord(decodeLine(bytes.subarray(line.offset, line.offset + line.length)));
          if (record !== undefined) records.push(record);
          await pace.pause();
        }
        offset += last;
        ends.set(name, offset);
      }
    } finally {
      await file.close();
    }
  }

  /** Removes files of earlier days. */
  async #trim(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const day = dayOfFile(name);
      if (day === undefined || Date.now() - Date.parse(day) < KEPT_DAYS_MS) continue;
      await rm(join(this.#folder, name), { force: true });
    }
  }

  #nameOf(day: string): string {
    return `${day}-${this.#id}.jsonl`;
  }
}
