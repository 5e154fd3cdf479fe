import { type LogFile, LogFolder } from "../../../src/plugins/durable/logFolder.ts";

/** Replaces one operation on the files; undefined for the real one. */
export interface Faults {
  /** Called before bytes are appended. @returns the error with which that fails */
  onAppend?: ((bytes: Uint8Array) => Error | undefined) | undefined;
  onSync?: (() => Error | undefined) | undefined;
  /** Called before the names are read. */
  onNames?: (() => Promise<void>) | undefined;
}

export function diskFull(): Error {
  return Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
}

/** A folder of real files, with faults. */
export class FaultyFolder extends LogFolder {
  faults: Faults = {};

  override async names(): Promise<readonly string[]> {
    await this.faults.onNames?.();
    return await super.names();
  }

  override async create(name: string): Promise<LogFile> {
    return this.#withFaults(await super.create(name));
  }

  #withFaults(file: LogFile): LogFile {
    return {
      append: async (bytes) => {
        const error = this.faults.onAppend?.(bytes);
        if (error !== undefined) throw error;
        await file.append(bytes);
      },
      sync: async () => {
        const error = this.faults.onSync?.();
        if (error !== undefined) throw error;
        await file.sync();
      },
      read: (place) => file.read(place),
      readAll: () => file.readAll(),
      close: () => file.close(),
    };
  }
}
