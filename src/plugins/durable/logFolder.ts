import { open, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppendedFile } from "../../core/sharedFolder/appendedFile.ts";
import type { LinePlace } from "../../core/sharedFolder/checkedLines.ts";
import { codeOf } from "../../core/sharedFolder/retryBusyFile.ts";
import { prepareFolder } from "../../core/sharedFolder/secretFolder.ts";

const OWNER_ONLY_FILE = 0o600;

/** One file of the log. */
export interface LogFile {
  /** Appends all bytes, or none if the disk permits. */
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything that was appended is on the disk. */
  sync(): Promise<void>;
  /** @returns fewer bytes if the file is shorter */
  read(place: LinePlace): Promise<Buffer>;
  readAll(): Promise<Buffer>;
  close(): Promise<void>;
}

/** The folder of the log, injectable for tests. */
export interface LogFiles {
  /** Empty if the folder does not exist. */
  names(): Promise<readonly string[]>;
  prepare(): Promise<void>;
  /** Creates an empty file that marks something. @returns false if it exists */
  mark(name: string): Promise<boolean>;
  create(name: string): Promise<LogFile>;
  open(name: string): Promise<LogFile>;
  remove(name: string): Promise<void>;
  /** Resolves when the names are on the disk. */
  sync(): Promise<void>;
}

/** A folder that only this user can read. */
export class LogFolder implements LogFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async names(): Promise<readonly string[]> {
    return await readdir(this.#folder).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return [];
      throw error;
    });
  }

  prepare(): Promise<void> {
    return prepareFolder(this.#folder);
  }

  async mark(name: string): Promise<boolean> {
    try {
      await writeFile(join(this.#folder, name), "", { flag: "wx", mode: OWNER_ONLY_FILE });
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    }
  }

  async create(name: string): Promise<LogFile> {
    return await AppendedFile.create(join(this.#folder, name));
  }

  async open(name: string): Promise<LogFile> {
    return await AppendedFile.openForReading(join(this.#folder, name));
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#folder, name), { force: true });
  }

  async sync(): Promise<void> {
    // Windows writes names at once, and does not open folders.
    if (process.platform === "win32") return;
    const folder = await open(this.#folder, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}
