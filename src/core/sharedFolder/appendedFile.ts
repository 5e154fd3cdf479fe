import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { LinePlace } from "./checkedLines.ts";

const OWNER_ONLY_FILE = 0o600;
const NEW_FOR_APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | constants.O_RDWR;
const FOR_APPEND = constants.O_APPEND | constants.O_RDWR;

/** A file to which lines are appended, and that only this user can read. */
export class AppendedFile {
  readonly #file: FileHandle;
  #size: number;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** @throws Error with code EEXIST if there is one */
  static async create(path: string): Promise<AppendedFile> {
    return new AppendedFile(await open(path, NEW_FOR_APPEND, OWNER_ONLY_FILE), 0);
  }

  /** Opens a file for appending more. */
  static async open(path: string): Promise<AppendedFile> {
    return await AppendedFile.#opened(path, FOR_APPEND);
  }

  static async openForReading(path: string): Promise<AppendedFile> {
    return await AppendedFile.#opened(path, constants.O_RDONLY);
  }

  /** In bytes. */
  get size(): number {
    return this.#size;
  }

  /** Appends all bytes, or none if the disk permits. */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      await this.#file.appendFile(bytes);
      this.#size += bytes.length;
    } catch (error) {
      await this.#file.truncate(this.#size).catch(() => undefined);
      throw error;
    }
  }

  /** Resolves when everything that was appended is on the disk. */
  sync(): Promise<void> {
    return this.#file.datasync();
  }

  /** Returns true if the file was removed, in which case what is appended is lost. */
  async isGone(): Promise<boolean> {
    return (await this.#file.stat()).nlink === 0;
  }

  /** @returns fewer bytes if the file is shorter */
  async read({ offset, length }: LinePlace): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#file.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  /** Reads by position, since `readFile` of a handle begins at the position of the last write. */
  async readAll(): Promise<Buffer> {
    const { size } = await this.#file.stat();
    const buffer = Buffer.allocUnsafe(size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await this.#file.read(buffer, at, size - at, at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return buffer.subarray(0, at);
  }

  /** Sets the time of its last change to now. */
  async touch(): Promise<void> {
    const now = new Date();
    await this.#file.utimes(now, now);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  static async #opened(path: string, flags: number): Promise<AppendedFile> {
    const file = await open(path, flags);
    try {
      return new AppendedFile(file, (await file.stat()).size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}
