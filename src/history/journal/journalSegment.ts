import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { journalPath } from "./journalFiles.ts";

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const NEW_FOR_APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;

/** One file of the journal, open for appending. */
export interface Segment {
  readonly path: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** In bytes. */
  readonly size: number;
  /** Appends all bytes, or none if the disk permits. After a rejection, nothing more may be written. */
  append(bytes: Uint8Array): Promise<void>;
  /** Returns true if the file was removed, in which case written lines are lost. */
  isGone(): Promise<boolean>;
  /** Touches the file as a heartbeat. */
  touch(): Promise<void>;
  close(): Promise<void>;
}

/** Creates a file, and its folder if necessary. */
export type CreateSegment = (folder: string) => Promise<Segment>;

export class JournalSegment implements Segment {
  readonly path: string;
  readonly startedAt: number;
  readonly #file: FileHandle;
  #size = 0;

  private constructor(path: string, startedAt: number, file: FileHandle) {
    this.path = path;
    this.startedAt = startedAt;
    this.#file = file;
  }

  /** Creates a file that only this user can read. */
  static readonly create: CreateSegment = async (folder) => {
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    for (let startedAt = Date.now(); ; startedAt++) {
      const path = journalPath(folder, startedAt, process.pid);
      const file = await open(path, NEW_FOR_APPEND, OWNER_ONLY_FILE).catch(ifTaken);
      if (file !== undefined) return new JournalSegment(path, startedAt, file);
    }
  };

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    try {
      await this.#file.appendFile(bytes);
      this.#size += bytes.length;
    } catch (error) {
      await this.#file.truncate(this.#size).catch(() => undefined);
      throw error;
    }
  }

  async isGone(): Promise<boolean> {
    return (await this.#file.stat()).nlink === 0;
  }

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
