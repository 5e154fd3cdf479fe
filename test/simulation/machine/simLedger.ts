import type { LedgerStorage } from "../../../src/windows/group/keyLedger.ts";
import type { SimProcess } from "../time/simProcess.ts";

/** The ledger files of an address on a machine, by the term of their owner. */
export class SimLedger {
  readonly #files = new Map<number, string>();

  /** Returns the files as a process uses them. */
  of(process: SimProcess): LedgerStorage {
    return {
      read: () => this.#read(process),
      replace: (term, text) => this.#replace(process, term, text),
      append: (term, text) => process.operation(() => this.#append(term, text)),
    };
  }

  /** A file may be removed between its listing and its reading. */
  async #read(process: SimProcess): Promise<string> {
    for (;;) {
      const latest = await process.operation(() => Math.max(...this.#files.keys()));
      if (!Number.isFinite(latest)) return "";
      const text = await process.operation(() => this.#files.get(latest));
      if (text !== undefined) return text;
    }
  }

  async #replace(process: SimProcess, term: number, text: string): Promise<void> {
    await process.operation(() => this.#files.set(term, text));
    await process.operation(() => {
      for (const earlier of this.#files.keys()) if (earlier < term) this.#files.delete(earlier);
    });
  }

  #append(term: number, text: string): void {
    const before = this.#files.get(term);
    if (before === undefined) throw new Error("ENOENT");
    this.#files.set(term, before + text);
  }
}
