import { identify } from "../../core/processes.ts";
import { withFolderLock } from "../../core/sharedFolder/folderLock.ts";
import { prepareFolder } from "../../core/sharedFolder/secretFolder.ts";
import { bodyText, timeOf } from "./auditBody.ts";
import { AuditFile } from "./auditFile.ts";
import { listAuditFiles, machine } from "./auditFolder.ts";
import { appendToIndex, type IndexEntry, readIndex, shortenIndex } from "./auditIndex.ts";
import { planUpkeep, removeAuditFiles, type UpkeepOptions } from "./auditUpkeep.ts";

const FORMAT = "kiro-bridge-audit/1";
const LOCK_MS = 15_000;
/** Length of the link of a line, in characters. */
const LINK_LENGTH = 100;
/** Age in milliseconds at which the next file is started, so that expired entries can be removed. */
const MAX_FILE_AGE_MS = 24 * 60 * 60 * 1000;

export interface AuditFilesOptions extends UpkeepOptions {
  readonly folder: string;
  /** Size in bytes at which the next file is started. */
  readonly maxFileBytes: number;
  /** Version of the extension. */
  readonly version: string;
}

type Closing = Extract<IndexEntry, { kind: "closed" }>;

/** The files that one window writes, one after another, and their entries in the index of all windows. */
export class AuditFiles {
  readonly #options: AuditFilesOptions;
  #file: AuditFile | undefined;
  /** Files whose end is not in the index yet. */
  #closings: Closing[] = [];

  constructor(options: AuditFilesOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** Appends lines to the current file, or to a new one. @throws Error if nothing was written */
  async append(bodies: readonly string[], startsFile: boolean): Promise<void> {
    const file = await this.#fileFor(bodies, startsFile);
    try {
      await file.append(bodies);
    } catch (error) {
      // Its last line may be incomplete, after which nothing must be written.
      await this.#close("replaced");
      throw error;
    }
  }

  /** Starts a new file if the current one is old, and removes expired files. */
  async maintain(): Promise<void> {
    const file = this.#file;
    if (file?.isUsed === true && Date.now() - file.startedAt > MAX_FILE_AGE_MS) await this.#close("rotated");
    if ((await listAuditFiles(this.#options.folder)).length > 0) await this.#underLock(LOCK_MS, () => []);
  }

  /** Closes the current file. If the lock is not available in time, the index gets its end from another window. */
  async close(lockMs: number): Promise<void> {
    await this.#close("stopped");
    if (this.#closings.length > 0) await this.#underLock(lockMs, () => []);
  }

  async #fileFor(bodies: readonly string[], startsFile: boolean): Promise<AuditFile> {
    const length = bodies.reduce((sum, body) => sum + body.length + LINK_LENGTH, 0);
    const file = this.#file;
    if (file !== undefined) {
      const hasRoom = !file.isUsed || (!startsFile && file.bytes + length <= this.#options.maxFileBytes);
      const isIntact = await file.isIntact();
      if (hasRoom && isIntact) return file;
      await this.#close(isIntact ? "rotated" : "replaced");
    }
    return await this.#open(timeOf(bodies[0] ?? ""));
  }

  /** @param time that of the first line, in epoch milliseconds: times never decrease within a file */
  async #open(time: number): Promise<AuditFile> {
    const { folder, version } = this.#options;
    await prepareFolder(folder);
    const started = (await identify(process.pid))?.started;
    const header = (file: string): string =>
      bodyText({ kind: "audit-opened", format: FORMAT, file, version, pid: process.pid }, time);
    let created: AuditFile | undefined;
    try {
      await this.#underLock(LOCK_MS, async () => {
        created = await AuditFile.create(folder, time, header);
        const { name: file, end } = created;
        const identity = { pid: process.pid, ...(started !== undefined && { started }), machine };
        return [{ kind: "opened", file, hash: end.hash, ...identity }];
      });
    } catch (error) {
      await created?.discard();
      throw error;
    }
    if (created === undefined) throw new Error("No file of the audit log was created.");
    return (this.#file = created);
  }

  async #close(reason: Closing["reason"]): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    await file.close();
    this.#closings.push({ kind: "closed", file: file.name, ...file.end, reason });
  }

  /** Changes the index: the ends of our files, upkeep, and what `work` returns. */
  async #underLock(lockMs: number, work: () => Promise<IndexEntry[]> | IndexEntry[]): Promise<void> {
    const { folder } = this.#options;
    await withFolderLock(
      folder,
      async () => {
        const closings = [...this.#closings];
        const index = await readIndex(folder);
        const pending = closings.filter(({ file }) => index.files.get(file)?.closed === undefined);
        const known = new Map(index.files);
        for (const closed of pending) known.set(closed.file, { ...known.get(closed.file), closed });
        const { entries, removals } = await planUpkeep(folder, { ...index, files: known }, this.#options);
        await appendToIndex(folder, index, [...pending, ...entries, ...(await work())]);
        this.#closings = this.#closings.filter((closing) => !closings.includes(closing));
        await removeAuditFiles(folder, removals);
        await shortenIndex(folder);
      },
      lockMs,
    );
  }
}
