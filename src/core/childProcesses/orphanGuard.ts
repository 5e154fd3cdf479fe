import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { ProcessRecord } from "./processRecord.ts";
import { Watchdog } from "./watchdog.ts";

/** Ensures that no process outlives this one. */
export interface ProcessGuard {
  /** Registers a process. @returns a function to call when its whole group has ended */
  watch(pid: number): () => void;
}

/**
 * Ensures that no child process outlives this process, whatever ends it (docs/decisions/orphans.md): a watchdog kills remaining
 * processes at once, and the next window kills those that the watchdog could not.
 */
export class OrphanGuard implements ProcessGuard, Disposable {
  readonly #watchdog: Watchdog;
  readonly #record: ProcessRecord;

  /** @param folder the discovery folder, which every window checks at its start */
  constructor(folder: string, logger: Logger) {
    this.#watchdog = new Watchdog(logger);
    this.#record = new ProcessRecord(folder, logger);
  }

  watch(pid: number): () => void {
    this.#watchdog.begun(pid);
    void this.#record.begun(pid);
    return () => {
      this.#watchdog.ended(pid);
      this.#record.ended(pid);
    };
  }

  dispose(): Promise<void> {
    return this.#watchdog.dispose();
  }
}
