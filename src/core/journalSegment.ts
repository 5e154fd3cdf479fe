import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { journalPath } from "./journalFiles.ts";

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const NEW_FOR_APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;

/** One file of the journal, open for writing at its end. */
export class JournalSegment {
  readonly path: string;
  readonly #file: FileHandle;
  #size = 0;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Makes a new file, readable by this user alone. */
  static async create(folder: string): Promise<JournalSegment> {
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    for (let startedAt = Date.now(); ; startedAt++) {
      const path = journalPath(folder, startedAt, process.pid);
      const file = await open(path, NEW_FOR_APPEND, OWNER_ONLY_FILE).catch(ifTaken);
      if (file !== undefined) return new JournalSegment(path, file);
    }
  }

  /** In bytes. */
  get size(): number {
    return this.#size;
  }

  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    await this.#file.appendFile(bytes);
    this.#size += bytes.length;
  }

  /** Whether somebody has removed the file: what is written then is lost. */
  async isGone(): Promise<boolean> {
    return (await this.#file.stat()).nlink === 0;
  }

  /** Shows that the writer lives. */
  async touch(): Promise<void> {
    const now = new Date();
    await this.#file.utimes(now, now);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function ifTaken(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "EEXIST") return undefined;
  throw error;
}
