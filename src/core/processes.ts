import { execFile } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { basename } from "node:path";

const LOOKUP_MS = 2_000;
const LONGEST_NAME = 100;
const LONGEST_COMMAND_LINE = 4096;
const isLinux = process.platform === "linux";

/**
 * One process, and no later one that was given the same id. `started` is what the system says of its start, a text to be
 * compared and nothing else; undefined where the system does not say it cheaply (Windows).
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started?: string | undefined;
}

/** Whether there is a process with this id, as far as this user can see. One that has ended and is not collected yet is none. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return !isLinux || statOf(pid)?.isDead !== true;
}

/** Names the process that has this id now. Undefined: there is none. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (!isAlive(pid)) return undefined;
  const started = await startOf(pid);
  return isAlive(pid) ? { pid, started } : undefined;
}

/** Whether that very process lives. Where nothing tells it from a later one with its id, it is taken for the same. */
export async function isLiving({ pid, started }: ProcessIdentity): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const now = started === undefined ? undefined : await startOf(pid);
  return now === undefined ? isAlive(pid) : now === started;
}

/**
 * Where process ids are counted: this machine, or this container. What another one has written into a folder that both
 * use says nothing about the processes here.
 */
export const processSpace = isLinux ? `${hostname()} ${linkOf("/proc/self/ns/pid")}` : hostname();

async function startOf(pid: number): Promise<string | undefined> {
  if (isLinux) return statOf(pid)?.started;
  if (process.platform === "win32") return undefined;
  const started = (await outputOf("ps", ["-o", "lstart=", "-p", String(pid)], { LC_ALL: "C", TZ: "UTC" })).trim();
  return started === "" ? undefined : started;
}

/** The name of the process may hold anything, brackets too: the fields are counted from the last one (proc(5)). */
function statOf(pid: number): { readonly isDead: boolean; readonly started: string } | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const [state = "", ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { isDead: "ZXx".includes(state), started: `${bootId} ${fields[18] ?? ""}` };
}

/** The starts of processes are counted from the start of the system. */
const bootId = isLinux ? (textOf("/proc/sys/kernel/random/boot_id")?.trim() ?? "") : "";

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/**
 * The name of the program that a process runs: of its file, since the name that the system keeps is that of a thread (Node's is
 * "MainThread"). Never its arguments, which may hold secrets. Undefined when the system does not tell.
 */
export async function programOf(pid: number): Promise<string | undefined> {
  const path = isLinux
    ? linkOf(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "") || firstWordOf(textOf(`/proc/${pid}/cmdline`) ?? "")
    : (await outputOf("ps", ["-o", "comm=", "-p", String(pid)])).trim();
  const name = basename(path)
    .replace(/\p{Cc}/gu, "")
    .slice(0, LONGEST_NAME);
  return name === "" ? undefined : name;
}

/** A program may have written over its arguments; then they are one text, with spaces. */
function firstWordOf(commandLine: string): string {
  return commandLine.slice(0, LONGEST_COMMAND_LINE).split("\0", 1)[0]?.split(" ", 1)[0] ?? "";
}

/** What a program prints; "" when it fails, is missing, or takes longer than 2 s. */
export function outputOf(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const options = { timeout: LOOKUP_MS, windowsHide: true, env: { ...process.env, ...env } };
  execFile(program, [...args], options, (_error, stdout) => resolve(stdout));
  return promise;
}
