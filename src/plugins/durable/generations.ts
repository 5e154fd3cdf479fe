import { BridgeError } from "../../protocol/errors.ts";
import type { LogFiles } from "./logFolder.ts";

const NAME = /^(\d{1,12})(?:\.claim|\.ready|-(\d{1,9})\.jsonl)$/;

interface Named {
  readonly name: string;
  readonly generation: number;
  readonly kind: "claim" | "ready" | "segment";
  readonly index: number;
}

/**
 * Each opening of the log is a generation with files of its own: `<generation>.claim` when it begins,
 * `<generation>-<n>.jsonl`, and `<generation>.ready` when these contain all that was left of the one before. The terms of
 * the address cannot number them, since they begin again when its register is removed.
 *
 * An owner of the address that was stopped and runs on later can do no harm: the next one has another generation, and reads
 * only the latest one that is ready. The stopped one finds the later claim after each write, before it confirms the write,
 * and before it removes files.
 */
export class Generation {
  readonly number: number;
  readonly #files: LogFiles;

  private constructor(files: LogFiles, number: number) {
    this.#files = files;
    this.number = number;
  }

  static async claim(files: LogFiles): Promise<Generation> {
    await files.prepare();
    for (;;) {
      const number = Math.max(0, ...(await listed(files)).map(({ generation }) => generation)) + 1;
      if (await files.mark(`${number}.claim`)) return new Generation(files, number);
    }
  }

  /** Returns the files of the latest generation that is ready, in order. */
  async earlierSegments(): Promise<readonly string[]> {
    const found = (await listed(this.#files)).filter(({ generation }) => generation < this.number);
    const latest = Math.max(0, ...found.filter(({ kind }) => kind === "ready").map(({ generation }) => generation));
    return found
      .filter(({ kind, generation }) => kind === "segment" && generation === latest)
      .toSorted((a, b) => a.index - b.index)
      .map(({ name }) => name);
  }

  segmentName(index: number): string {
    return `${this.number}-${index}.jsonl`;
  }

  /** @throws BridgeError KIRO_UNAVAILABLE if a later generation has begun, or the claim of this one was removed */
  async check(): Promise<void> {
    const claims = (await listed(this.#files)).filter(({ kind }) => kind === "claim");
    const latest = Math.max(0, ...claims.map(({ generation }) => generation));
    if (latest !== this.number) throw new LostOwnershipError();
  }

  /** Replaces the earlier generations by this one, when its files are on the disk. */
  async ready(): Promise<void> {
    await this.#files.sync();
    await this.#files.mark(`${this.number}.ready`);
    await this.#files.sync();
    await this.check();
    for (const { name, generation } of await listed(this.#files)) {
      if (generation < this.number) await this.#files.remove(name);
    }
  }

  /** Removes the files of an attempt that has failed, the claim last. */
  async discard(): Promise<void> {
    for (const { name, generation, kind } of await listed(this.#files)) {
      if (generation === this.number && kind === "segment") await this.#files.remove(name);
    }
    await this.#files.remove(`${this.number}.claim`);
  }
}

/** Another process has opened the log. */
export class LostOwnershipError extends BridgeError {
  constructor() {
    super("KIRO_UNAVAILABLE", "Another window has taken over the durable topics. Publish the message again.", {
      reason: "moved",
    });
  }
}

export async function hasLog(files: LogFiles): Promise<boolean> {
  return (await listed(files)).length > 0;
}

async function listed(files: LogFiles): Promise<readonly Named[]> {
  return (await files.names()).map(parseName).filter((named) => named !== undefined);
}

function parseName(name: string): Named | undefined {
  const [, generation, index] = NAME.exec(name) ?? [];
  if (generation === undefined) return undefined;
  const kind = index !== undefined ? "segment" : name.endsWith(".claim") ? "claim" : "ready";
  return { name, generation: Number(generation), kind, index: Number(index ?? 0) };
}
