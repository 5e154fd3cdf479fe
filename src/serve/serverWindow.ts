import { randomUUID } from "node:crypto";
import type { ChangingWindow } from "../bridge/selfWindow.ts";
import type { OtherWindow } from "../core/ports.ts";
import { otherWindows } from "../hosting/presence/otherWindows.ts";
import type { WindowRecord } from "../protocol/status.ts";

export interface ServerWindowOptions {
  /** Absolute paths. */
  readonly workspaceFolders: readonly string[];
  readonly discoveryFolder: string;
}

/** The window of a bridge without an editor: its folders. It never has the focus, so requests prefer the windows of editors. */
export class ServerWindow implements ChangingWindow {
  /** The user has named the folders. */
  readonly isTrusted = true;
  readonly #record: WindowRecord;
  readonly #discoveryFolder: string;

  constructor({ workspaceFolders, discoveryFolder }: ServerWindowOptions) {
    this.#discoveryFolder = discoveryFolder;
    this.#record = {
      id: randomUUID(),
      pid: process.pid,
      editor: "kiro-bridge serve",
      kind: "server",
      workspaceFolders: [...workspaceFolders],
    };
  }

  describe(): WindowRecord {
    return this.#record;
  }

  others(): Promise<OtherWindow[]> {
    return otherWindows(this.#discoveryFolder, this.#record.id);
  }
}
