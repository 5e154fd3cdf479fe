import { constants } from "node:fs";
import { type FileHandle, open, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../core/sharedFolder/retryBusyFile.ts";
import { prepareFolder } from "../../core/sharedFolder/secretFolder.ts";
import type { LinePlace } from "./logLine.ts";

const OWNER_ONLY_FILE = 0o600;
const NEW_FOR_APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | constants.O_RDWR;

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
    return new OpenFile(await open(join(this.#folder, name), NEW_FOR_APPEND, OWNER_ONLY_FILE));
  }

  async open(name: string): Promise<LogFile> {
    return new OpenFile(await open(join(this.#folder, name), "r"));
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

class OpenFile implements LogFile {
  readonly #file: FileHandle;
  #size = 0;

  constructor(file: FileHandle) {
    this.#file = file;
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

  sync(): Promise<void> {
    return this.#file.datasync();
  }

  async read({ offset, length }: LinePlace): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#file.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  readAll(): Promise<Buffer> {
    return readFrom(this.#file);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Reads by position, since `readFile` of a handle begins at the position of the last write. */
async function readFrom(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat();
  const buffer = Buffer.allocUnsafe(size);
  let at = 0;
  while (at < size) {
    const { bytesRead } = await file.read(buffer, at, size - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return buffer.subarray(0, at);
}
