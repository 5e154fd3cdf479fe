import type { LinePlace } from "../../core/sharedFolder/checkedLines.ts";
import type { LogFile } from "./logFolder.ts";

/** One file of the log, and how much of it is still needed. */
export class Segment {
  readonly name: string;
  readonly #file: LogFile;
  /** In bytes. */
  size = 0;
  /** Bytes of messages that wait, and of dead letters. */
  liveBytes = 0;

  constructor(name: string, file: LogFile) {
    this.name = name;
    this.#file = file;
  }

  /** Appends bytes. @returns their offset */
  async append(bytes: Uint8Array, isDurable: boolean): Promise<number> {
    await this.#file.append(bytes);
    const offset = this.size;
    this.size += bytes.length;
    if (isDurable) await this.#file.sync();
    return offset;
  }

  read(place: LinePlace): Promise<Buffer> {
    return this.#file.read(place);
  }

  async readAll(): Promise<Buffer> {
    const bytes = await this.#file.readAll();
    this.size = bytes.length;
    return bytes;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
