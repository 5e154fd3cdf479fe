import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { type Logger, silentLogger } from "../../src/base/logger.ts";
import { AuditLog, type AuditLogDeps, type AuditLogOptions } from "../../src/access/audit/auditLog.ts";
import { listAuditFiles } from "../../src/access/audit/auditFolder.ts";
import { verifyAudit } from "../../src/access/audit/reading/verifyAudit.ts";
import type { ExecutionAccepted, ExecutionEnded } from "../../src/core/access/audit.ts";
import { ownerProgram } from "../../src/core/access/principal.ts";
import type { AuditVerification } from "../../src/protocol/audit/auditVerification.ts";
import { removeFolder, temporaryFolder } from "./temporaryFolder.ts";

const run = promisify(execFile);
const DAY_MS = 24 * 60 * 60 * 1000;
const WRITER = join(import.meta.dirname, "programs/auditWriter.ts");

export const auditDefaults = {
  version: "0.1.0",
  maxFileBytes: 10 * 1024 * 1024,
  maxTotalBytes: 1024 * 1024 * 1024,
  maxAgeMs: 90 * DAY_MS,
  content: "digest",
} as const;

type Line = Readonly<Record<string, unknown>>;

/** A folder of audit files, and the logs of the windows that write to it. */
export class AuditFolder {
  readonly path: string;
  readonly #logs: AuditLog[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<AuditFolder> {
    return new AuditFolder(join(await temporaryFolder(), "audit"));
  }

  /** The log of one more window. */
  open(options: Partial<AuditLogOptions> = {}, deps: Partial<AuditLogDeps> = {}): AuditLog {
    const log = new AuditLog(
      { logger: silentLogger, mask: async (value) => value, ...deps },
      { ...auditDefaults, folder: this.path, ...options },
    );
    this.#logs.push(log);
    return log;
  }

  /** Writes this many entries in one file, and closes it. @returns the name of the file */
  async fill(entries: number): Promise<string> {
    const before = await this.files();
    const log = this.open();
    for (let at = 0; at < entries; at++) log.note(accepted(`run-${at}`, [at]));
    await log.dispose();
    return await this.#newFile(before);
  }

  /** Has a process write at least this many entries, and kills it. @returns the name of its file */
  async killedWriter(entries: number): Promise<string> {
    const before = await this.files();
    const writer = spawn(process.execPath, [WRITER, this.path], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(writer, "exit");
    try {
      for await (const line of createInterface(writer.stdout)) if (Number(line) >= entries) break;
    } finally {
      writer.kill("SIGKILL");
      await ended;
    }
    return await this.#newFile(before);
  }

  async files(): Promise<string[]> {
    return (await listAuditFiles(this.path)).map(({ name }) => name);
  }

  async lines(name: string): Promise<string[]> {
    return (await readFile(join(this.path, name), "utf8")).trimEnd().split("\n");
  }

  async entriesOf(name: string): Promise<Line[]> {
    return (await this.lines(name)).map((line): Line => JSON.parse(line));
  }

  /** The lines of all files, oldest file first. */
  async entries(): Promise<Line[]> {
    const entries: Line[] = [];
    for (const name of await this.files()) entries.push(...(await this.entriesOf(name)));
    return entries;
  }

  async text(): Promise<string> {
    const texts = await Promise.all((await this.files()).map((name) => readFile(join(this.path, name), "utf8")));
    return texts.join("");
  }

  async rewrite(name: string, change: (lines: string[]) => readonly string[]): Promise<void> {
    await writeFile(join(this.path, name), `${change(await this.lines(name)).join("\n")}\n`);
  }

  async dispose(): Promise<void> {
    for (const log of this.#logs) await log.dispose();
    await removeFolder(join(this.path, ".."));
  }

  async #newFile(before: readonly string[]): Promise<string> {
    const [name] = (await this.files()).filter((file) => !before.includes(file));
    if (name === undefined) throw new Error("no file was written");
    return name;
  }
}

/** Has a process write to a file system that accepts no file above 16 KiB. */
export async function fillDisk({ path }: AuditFolder): Promise<AuditVerification> {
  await run("bash", ["-c", 'ulimit -f 16; exec "$0" "$1" "$2" 120', process.execPath, WRITER, path]);
  return await verifyAudit(path);
}

export class RecordingLogger implements Logger {
  readonly warnings: string[] = [];
  readonly infos: string[] = [];
  readonly debug = (): void => undefined;
  readonly error = (): void => undefined;

  warn(text: string): void {
    this.warnings.push(text);
  }

  info(text: string): void {
    this.infos.push(text);
  }
}

export function ended(executionId: string): ExecutionEnded {
  const { command } = accepted(executionId);
  return { kind: "execution-ended", executionId, command, principal: undefined, status: "completed", elapsedMs: 12 };
}

export function accepted(executionId: string, args: readonly unknown[] = []): ExecutionAccepted {
  return {
    kind: "execution-accepted",
    by: { ...ownerProgram, program: "curl/8" },
    executionId,
    target: "editor",
    command: "editor.action.formatDocument",
    args,
    weight: 100,
    rule: "commands.allow: *",
  };
}
