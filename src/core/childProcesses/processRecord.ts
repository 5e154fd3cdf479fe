import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Logger } from "../../base/logger.ts";
import { identify, isLiving, type ProcessIdentity, processSpace } from "../processes.ts";
import { messageOf } from "../../protocol/errors.ts";

const FILE_NAME = /^processes-\d+-[\da-f]+\.jsonl$/;
/** Age in milliseconds after which an empty file is stale: it is either being written, or its window crashed. */
const UNREADABLE_STALE_MS = 60_000;

const identitySchema = z.object({ pid: z.int().min(1), started: z.string() });
const lineSchema = z.union([
  z.object({ owner: identitySchema.extend({ machine: z.string() }) }),
  z.object({ begun: identitySchema }),
  z.object({ ended: z.int() }),
]);

type RecordLine = z.infer<typeof lineSchema>;

/**
 * Records the running child processes of this window in a file next to the discovery files, so that the next window can
 * end them if this one crashes (`sweepOrphans`). The file only exists while a process runs. Nothing is recorded where
 * the system does not report start times (Windows), because an ID may be reused.
 */
export class ProcessRecord {
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #running = new Set<number>();
  #path: string | undefined;
  #isWarned = false;

  constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  async begun(pid: number): Promise<void> {
    this.#running.add(pid);
    const [owner, child] = await Promise.all([identify(process.pid), identify(pid)]);
    if (owner?.started === undefined || child?.started === undefined || !this.#running.has(pid)) return;
    const isFirst = this.#path === undefined;
    this.#path ??= join(this.#folder, `processes-${process.pid}-${randomBytes(4).toString("hex")}.jsonl`);
    const begun = { begun: { pid, started: child.started } };
    // A single write, so that a reader always finds the owner.
    this.#append(
      isFirst ? [{ owner: { pid: owner.pid, started: owner.started, machine: processSpace } }, begun] : [begun],
    );
  }

  ended(pid: number): void {
    this.#running.delete(pid);
    if (this.#path === undefined) return;
    if (this.#running.size > 0) this.#append([{ ended: pid }]);
    else this.#remove(this.#path);
  }

  /** Writes synchronously, because this process may end at any moment. */
  #append(lines: readonly RecordLine[]): void {
    if (this.#path === undefined) return;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      appendFileSync(this.#path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""), { mode: 0o600 });
    } catch (error) {
      this.#warn(error);
    }
  }

  #remove(path: string): void {
    this.#path = undefined;
    try {
      rmSync(path, { force: true });
    } catch (error) {
      this.#warn(error);
    }
  }

  #warn(error: unknown): void {
    if (this.#isWarned) return;
    this.#isWarned = true;
    this.#logger.warn("The child processes could not be recorded", { error: messageOf(error) });
  }
}

/**
 * Ends processes that were left running by windows that are gone, with their descendants. A process is identified by
 * its ID and start time; those of running windows and of other machines are not touched.
 * @returns their number
 */
export async function sweepOrphans(folder: string, logger: Logger): Promise<number> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => FILE_NAME.test(name));
  const counts = await Promise.all(names.map((name) => sweepFile(join(folder, name))));
  const count = counts.reduce((sum, each) => sum + each, 0);
  if (count > 0) logger.info("Ended the child processes of windows that no longer exist", { count });
  return count;
}

async function sweepFile(path: string): Promise<number> {
  const { owner, running } = readRecord(await readFile(path, "utf8").catch(() => ""));
  if (owner === undefined ? !(await isOld(path)) : owner.machine !== processSpace || (await isLiving(owner))) return 0;
  let count = 0;
  for (const child of running) if (await killGroup(child)) count++;
  await rm(path, { force: true });
  return count;
}

function readRecord(text: string) {
  let owner: (ProcessIdentity & { readonly machine: string }) | undefined;
  const running = new Map<number, ProcessIdentity>();
  for (const line of text.split("\n").map(readLine)) {
    if (line === undefined) continue;
    if ("owner" in line) owner = line.owner;
    else if ("begun" in line) running.set(line.begun.pid, line.begun);
    else running.delete(line.ended);
  }
  return { owner, running: [...running.values()] };
}

function readLine(line: string): RecordLine | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // Truncated by a crash.
  }
}

async function killGroup(child: ProcessIdentity): Promise<boolean> {
  if (!(await isLiving(child))) return false;
  try {
    return process.kill(-child.pid, "SIGKILL");
  } catch {
    return false; // It has just ended.
  }
}

async function isOld(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > UNREADABLE_STALE_MS;
}
