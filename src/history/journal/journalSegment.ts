import { mkdir } from "node:fs/promises";
import { AppendedFile } from "../../core/sharedFolder/appendedFile.ts";
import { codeOf } from "../../core/sharedFolder/retryBusyFile.ts";
import { journalPath } from "./journalFiles.ts";

const OWNER_ONLY_FOLDER = 0o700;

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
  readonly #file: AppendedFile;

  private constructor(path: string, startedAt: number, file: AppendedFile) {
    this.path = path;
    this.startedAt = startedAt;
    this.#file = file;
  }

  /** Creates a file that only this user can read. */
  static readonly create: CreateSegment = async (folder) => {
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    for (let startedAt = Date.now(); ; startedAt++) {
      const path = journalPath(folder, startedAt, process.pid);
      const file = await AppendedFile.create(path).catch(ifTaken);
      if (file !== undefined) return new JournalSegment(path, startedAt, file);
    }
  };

  get size(): number {
    return this.#file.size;
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.#file.append(bytes);
  }

  isGone(): Promise<boolean> {
    return this.#file.isGone();
  }

  touch(): Promise<void> {
    return this.#file.touch();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function ifTaken(error: unknown): undefined {
  if (codeOf(error) === "EEXIST") return undefined;
  throw error;
}
