import { type LogFile, LogFolder } from "../../../src/plugins/durable/logFolder.ts";

export type LogOperation = "names" | "mark" | "create" | "remove" | "append" | "sync";

/** Called before an operation. What it throws fails the operation. */
export type BeforeOperation = (operation: LogOperation) => Promise<void> | void;

export function diskFull(): Error {
  return Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
}

/** Lets one kind of operation fail as on a full disk. */
export function fullFor(failing: LogOperation): BeforeOperation {
  return (operation) => {
    if (operation === failing) throw diskFull();
  };
}

/** A folder of real files, with faults. */
export class FaultyFolder extends LogFolder {
  before: BeforeOperation | undefined;

  override async names(): Promise<readonly string[]> {
    await this.before?.("names");
    return await super.names();
  }

  override async mark(name: string): Promise<boolean> {
    await this.before?.("mark");
    return await super.mark(name);
  }

  override async create(name: string): Promise<LogFile> {
    await this.before?.("create");
    return this.#withFaults(await super.create(name));
  }

  override async remove(name: string): Promise<void> {
    await this.before?.("remove");
    await super.remove(name);
  }

  #withFaults(file: LogFile): LogFile {
    return {
      append: async (bytes) => {
        await this.before?.("append");
        await file.append(bytes);
      },
      sync: async () => {
        await this.before?.("sync");
        await file.sync();
      },
      read: (place) => file.read(place),
      readAll: () => file.readAll(),
      close: () => file.close(),
    };
  }
}
