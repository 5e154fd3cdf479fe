import { randomUUID } from "node:crypto";
import { access, readFile, rm, stat, utimes } from "node:fs/promises";
import * as z from "zod";
import { identify, isLiving, processSpace } from "../processes.ts";
import { codeOf } from "./retryBusyFile.ts";
import { writeSecret } from "./secretFolder.ts";

/** Interval in milliseconds in which the owner touches its claim. */
export const CLAIM_HEARTBEAT_MS = 60_000;
/**
 * The age in milliseconds after which a claim is stale whose owner cannot be looked up: it is on another machine, or the
 * system cannot tell it from a later process with the same ID.
 */
const SILENT_MS = 2.5 * CLAIM_HEARTBEAT_MS;

const ownerSchema = z.object({
  id: z.string(),
  pid: z.int().min(1),
  started: z.string().optional(),
  space: z.string(),
});

type Owner = z.infer<typeof ownerSchema>;

/**
 * A small file that says which process has something in a shared folder. An owner that was stopped for long may run on after
 * another one has taken over, so it checks its claim before it replaces anything.
 */
export class FileClaim {
  readonly #path: string;
  readonly #id: string;
  /** True if a process has ended without releasing it, or is silent. */
  readonly wasLeftBehind: boolean;

  private constructor(path: string, id: string, wasLeftBehind: boolean) {
    this.#path = path;
    this.#id = id;
    this.wasLeftBehind = wasLeftBehind;
  }

  /** Call it while holding the lock of the folder. @returns undefined if a living process has it */
  static async take(path: string): Promise<FileClaim | undefined> {
    const owner = await ownerOf(path);
    if (owner !== undefined && (await isHeldBy(path, owner))) return undefined;
    const id = randomUUID();
    const self = await identify(process.pid);
    await writeSecret(path, JSON.stringify({ id, pid: process.pid, started: self?.started, space: processSpace }));
    return new FileClaim(path, id, owner !== undefined);
  }

  /** Returns true if a living process has it. */
  static async isHeld(path: string): Promise<boolean> {
    const owner = await ownerOf(path);
    return owner !== undefined && (await isHeldBy(path, owner));
  }

  /**
   * Returns the time of the last sign of life of an owner that cannot be looked up, in milliseconds of the Unix epoch. After the
   * machine has slept, such an owner seems silent until it has had time to show that it lives. Undefined if there is none, or
   * if it is known whether it lives.
   */
  static async lastSignOf(path: string): Promise<number | undefined> {
    const owner = await ownerOf(path);
    if (owner === undefined || (await lifeOf(owner)) !== "unknown") return undefined;
    return (await stat(path).catch(() => undefined))?.mtimeMs;
  }

  /** Returns true if another process has taken over. */
  async isLost(): Promise<boolean> {
    const owner = await ownerOf(this.#path);
    return owner !== undefined && owner.id !== this.#id;
  }

  /** Returns true if another process has taken over, and perhaps removed it since. */
  async isGone(): Promise<boolean> {
    if (await this.isLost()) return true;
    return await access(this.#path).then(
      () => false,
      (error: unknown) => codeOf(error) === "ENOENT",
    );
  }

  async touch(): Promise<void> {
    const now = new Date();
    // It is missing if the folder was removed.
    if (!(await this.isLost())) await utimes(this.#path, now, now).catch(() => undefined);
  }

  async release(): Promise<void> {
    if (!(await this.isLost())) await rm(this.#path, { force: true });
  }
}

async function ownerOf(path: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

async function lifeOf({ pid, started, space }: Owner): Promise<"living" | "ended" | "unknown"> {
  if (space !== processSpace) return "unknown";
  if (!(await isLiving({ pid, started }))) return "ended";
  return started === undefined ? "unknown" : "living";
}

async function isHeldBy(path: string, owner: Owner): Promise<boolean> {
  const life = await lifeOf(owner);
  if (life !== "unknown") return life === "living";
  const touched = await stat(path).catch(() => undefined);
  return touched !== undefined && Date.now() - touched.mtimeMs < SILENT_MS;
}
