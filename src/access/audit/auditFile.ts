import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../core/sharedFolder/retryBusyFile.ts";
import { type ChainEnd, chainLines, emptyChain } from "./auditChain.ts";
import { auditFileName, headNameOf } from "./auditFolder.ts";
import { writeHead } from "./auditHead.ts";

const OWNER_ONLY = 0o600;
const NEW = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;

/** One file of the audit log, which only this process writes, and its head. */
export class AuditFile {
  readonly name: string;
  readonly startedAt: number;
  readonly #folder: string;
  readonly #file: FileHandle;
  readonly #head: FileHandle;
  #end = emptyChain;
  #bytes = 0;

  private constructor(folder: string, startedAt: number, file: FileHandle, head: FileHandle) {
    this.#folder = folder;
    this.name = auditFileName(startedAt);
    this.startedAt = startedAt;
    this.#file = file;
    this.#head = head;
  }

  /** Creates a file that only this user can read. @param header makes its first line, from its name */
  static async create(folder: string, now: number, header: (name: string) => string): Promise<AuditFile> {
    for (let startedAt = now; ; startedAt++) {
      const path = join(folder, auditFileName(startedAt));
      const file = await open(path, NEW | constants.O_APPEND, OWNER_ONLY).catch(ifTaken);
      if (file === undefined) continue;
      const created = await AuditFile.#withHead(folder, startedAt, file);
      try {
        await created.append([header(created.name)]);
        return created;
      } catch (error) {
        await created.discard();
        throw error;
      }
    }
  }

  static async #withHead(folder: string, startedAt: number, file: FileHandle): Promise<AuditFile> {
    try {
      const head = await open(join(folder, headNameOf(auditFileName(startedAt))), NEW, OWNER_ONLY);
      return new AuditFile(folder, startedAt, file, head);
    } catch (error) {
      await file.close().catch(() => undefined);
      // On a full disk, empty files can still be created: each attempt would leave one.
      await rm(join(folder, auditFileName(startedAt)), { force: true }).catch(() => undefined);
      throw error;
    }
  }

  get end(): ChainEnd {
    return this.#end;
  }

  /** Size in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** True if it has more than its first line. */
  get isUsed(): boolean {
    return this.#end.lines > 1;
  }

  /**
   * Appends all lines, or none if the disk permits.
   * @throws Error if they could not be written; then nothing more may be written
   */
  async append(bodies: readonly string[]): Promise<void> {
    const { text, end } = chainLines(bodies, this.#end);
    const bytes = Buffer.from(text);
    await this.#file.appendFile(bytes).catch((error: unknown) => this.#undo(error));
    this.#end = end;
    this.#bytes += bytes.length;
    // After the lines: a file with more lines than its head is that of a process that was killed in between. If the head
    // cannot be written now, the next batch or the index has the end.
    await writeHead(this.#head, end).catch(() => undefined);
  }

  /** Returns false if the file was removed or has another size than was written. */
  async isIntact(): Promise<boolean> {
    return await this.#file.stat().then(
      ({ nlink, size }) => nlink > 0 && size === this.#bytes,
      () => false,
    );
  }

  async close(): Promise<void> {
    await this.#file.datasync().catch(() => undefined);
    await this.#file.close().catch(() => undefined);
    await this.#head.close().catch(() => undefined);
  }

  /** Closes and removes it. For a file that is not in the index. */
  async discard(): Promise<void> {
    await this.close();
    for (const name of [this.name, headNameOf(this.name)]) {
      await rm(join(this.#folder, name), { force: true }).catch(() => undefined);
    }
  }

  async #undo(error: unknown): Promise<never> {
    await this.#file.truncate(this.#bytes).catch(() => undefined);
    throw error;
  }
}

function ifTaken(error: unknown): undefined {
  if (codeOf(error) === "EEXIST") return undefined;
  throw error;
}
