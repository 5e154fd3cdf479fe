import { execFile } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { basename } from "node:path";

const LOOKUP_MS = 2_000;
const LONGEST_NAME = 100;
const LONGEST_COMMAND_LINE = 4096;
const isLinux = process.platform === "linux";

/**
 * Identifies a process, as opposed to a later one with the same ID. `started` is an opaque text for comparison, or
 * undefined on systems that do not provide it cheaply (Windows).
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started?: string | undefined;
}

/** Returns true if a process with this ID is visible to this user. Zombies do not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return !isLinux || statOf(pid)?.isDead !== true;
}

/** Identifies the process that has this ID now, or returns undefined. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (!isAlive(pid)) return undefined;
  const started = await startOf(pid);
  return isAlive(pid) ? { pid, started } : undefined;
}

/**
 * Returns true if this process is running. If it cannot be distinguished from a later one with its ID, that one counts.
 */
export async function isLiving({ pid, started }: ProcessIdentity): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const now = started === undefined ? undefined : await startOf(pid);
  return now === undefined ? isAlive(pid) : now === started;
}

/**
 * The scope of process IDs: this machine or container. IDs from another one that shares the folder are not valid here.
 */
export const processSpace = isLinux ? `${hostname()} ${linkOf("/proc/self/ns/pid")}` : hostname();

async function startOf(pid: number): Promise<string | undefined> {
  if (isLinux) return statOf(pid)?.started;
  if (process.platform === "win32") return undefined;
  const started = (await outputOf("ps", ["-o", "lstart=", "-p", String(pid)], { LC_ALL: "C", TZ: "UTC" })).trim();
  return started === "" ? undefined : started;
}

/**
 * Parses /proc/pid/stat. The process name may contain anything, including brackets, so fields are counted from the last
 * one (proc(5)).
 */
function statOf(pid: number): { readonly isDead: boolean; readonly started: string } | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const [state = "", ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { isDead: "ZXx".includes(state), started: `${bootId} ${fields[18] ?? ""}` };
}

/** Identifies the boot, because start times of processes are relative to it. */
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
 * Returns the name of the executable of a process, since the name kept by the system is that of a thread (Node's is
 * "MainThread"). Omits arguments, which may contain secrets. Undefined if the system does not report it.
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

/** Returns the first argument. A program may have overwritten its arguments, which are then separated by spaces. */
function firstWordOf(commandLine: string): string {
  return commandLine.slice(0, LONGEST_COMMAND_LINE).split("\0", 1)[0]?.split(" ", 1)[0] ?? "";
}

/** Returns the output of a program, or "" if it fails, is missing, or takes longer than 2 s. */
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
