import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../../base/logger.ts";
import { FileClaim } from "../../core/sharedFolder/fileClaim.ts";
import { withFolderLock } from "../../core/sharedFolder/folderLock.ts";
import { messageOf } from "../../protocol/errors.ts";
import { interruptionOf } from "./interruption.ts";
import { OpenRuns } from "./openRuns.ts";
import { claimPath, OutboxFolder } from "./outboxFolder.ts";
import type { SegmentedReader } from "./segmentedReader.ts";
import { SilentClaims } from "./silentClaims.ts";
import { SegmentWriter, type WriteSync } from "./segmentWriter.ts";
import { encodeStored } from "./storedFact.ts";

export interface AdoptionDeps {
  /** The folder of all outboxes. */
  readonly root: string;
  readonly own: OutboxFolder;
  readonly readers: ReadonlyMap<string, SegmentedReader>;
  readonly logger: Logger;
  readonly write: WriteSync;
  readonly segmentBytes: number;
  /** See `OutboxOptions`. */
  readonly onDidLose: (() => void) | undefined;
}

/**
 * The outboxes that this window has taken over from windows that have ended, to deliver the rest. Each run that had no end
 * gets one: it was interrupted.
 */
export class Adoption {
  readonly #deps: AdoptionDeps;
  readonly #folders: OutboxFolder[] = [];
  readonly #silent = new SilentClaims();
  #hasTold = false;

  constructor(deps: AdoptionDeps) {
    this.#deps = deps;
  }

  get folders(): readonly OutboxFolder[] {
    return this.#folders;
  }

  /** Takes over what no living process has. */
  async look(): Promise<void> {
    await this.#tellLoss();
    for (const folder of this.#folders) await folder.claim.touch();
    const found = await withFolderLock(this.#deps.root, () => this.#claimAll());
    for (const folder of found) await this.#adoptOrLeave(folder);
  }

  /** Returns the size of the outboxes of all windows, in bytes. */
  async totalBytes(): Promise<number> {
    let total = 0;
    for (const path of await this.#paths()) {
      for (const name of await readdir(path).catch(() => [])) {
        const stats = await stat(join(path, name)).catch(() => undefined);
        total += stats?.size ?? 0;
      }
    }
    return total;
  }

  /** Removes an outbox that is delivered. */
  async remove(folder: OutboxFolder): Promise<void> {
    const at = this.#folders.indexOf(folder);
    if (at >= 0) this.#folders.splice(at, 1);
    await folder.remove();
  }

  /** Leaves all outboxes to the next window. */
  async release(): Promise<void> {
    for (const folder of [...this.#folders.splice(0), this.#deps.own]) {
      if (folder.segments.length === 0) await folder.remove();
      else await folder.claim.release();
    }
  }

  /** Tells once that another window has taken this one for dead: what is stored from now on may not be delivered. */
  async #tellLoss(): Promise<void> {
    const { own, logger, onDidLose } = this.#deps;
    if (this.#hasTold || !(await own.claim.isGone())) return;
    this.#hasTold = true;
    logger.error("Another window has taken over the outbox of exports of this one, which was silent");
    onDidLose?.();
  }

  async #claimAll(): Promise<OutboxFolder[]> {
    const found: OutboxFolder[] = [];
    for (const path of await this.#paths()) {
      if (path === this.#deps.own.path || this.#folders.some((known) => known.path === path)) continue;
      if (!(await this.#silent.isOver(claimPath(path)))) continue;
      const claim = await FileClaim.take(claimPath(path));
      if (claim !== undefined) found.push(new OutboxFolder(path, claim));
    }
    return found;
  }

  /** Leaves an outbox that cannot be read at this time to the next look, of whichever window. */
  async #adoptOrLeave(folder: OutboxFolder): Promise<void> {
    const { readers, logger } = this.#deps;
    try {
      await this.#adopt(folder);
    } catch (error) {
      logger.warn("The outbox of a window that has ended could not be taken over", { error: messageOf(error) });
      for (const reader of readers.values()) reader.forget(folder);
      await folder.claim.release();
    }
  }

  async #adopt(folder: OutboxFolder): Promise<void> {
    const { readers, logger } = this.#deps;
    await folder.findSegments();
    const resumed = await this.#resume(folder);
    const openRuns = new OpenRuns();
    let damaged = 0;
    for await (const scanned of folder.scan()) {
      if (scanned.line === undefined) damaged += 1;
      else openRuns.take(scanned.line);
      for (const reader of resumed) reader.count(folder, scanned);
    }
    if (damaged > 0) logger.error("Lines of an outbox of exports are damaged", { damaged });
    const interrupted = resumed.length === 0 ? 0 : this.#interrupt(folder, openRuns);
    this.#folders.push(folder);
    for (const reader of resumed) reader.counted(folder);
    if (readers.size > 0) logger.info("The outbox of a window that has ended was taken over", { interrupted });
  }

  /** Removes positions of destinations that are no longer in the settings. @returns the readers that go on */
  async #resume(folder: OutboxFolder): Promise<SegmentedReader[]> {
    const resumed: SegmentedReader[] = [];
    for (const name of await folder.cursorNames()) {
      const reader = this.#deps.readers.get(name);
      const cursor = await folder.readCursor(name);
      if (reader === undefined) await folder.removeCursor(name);
      if (reader === undefined || cursor === undefined) continue;
      reader.resume(folder, cursor);
      resumed.push(reader);
    }
    return resumed;
  }

  /** Adds the ends of runs that have none, behind what may be a torn line. */
  #interrupt(folder: OutboxFolder, { all }: OpenRuns): number {
    if (all.length === 0) return 0;
    const { write, segmentBytes, readers } = this.#deps;
    const writer = new SegmentWriter(folder, { header: () => "", write, segmentBytes });
    try {
      const facts = all.map((run) => interruptionOf(run, folder.name));
      const lines = facts.map((fact) => encodeStored({ fact }));
      const segment = writer.append(Buffer.from(lines.join("")), lines.length);
      for (const [at, fact] of facts.entries()) {
        const scanned = { number: segment.first + at, segment, line: { fact } };
        for (const reader of readers.values()) reader.count(folder, scanned);
      }
      return facts.length;
    } finally {
      writer.close();
    }
  }

  async #paths(): Promise<string[]> {
    const entries = await readdir(this.#deps.root, { withFileTypes: true });
    // Names of other folders, such as those of a lock, begin with a dot or contain one.
    const folders = entries.filter((entry) => entry.isDirectory() && /^[\w-]+$/.test(entry.name));
    return folders.map(({ name }) => join(this.#deps.root, name)).toSorted();
  }
}
