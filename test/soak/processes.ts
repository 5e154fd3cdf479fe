import { execFile } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The process ids of everything that an extension host has started, as `ps` tells. */
export async function hostsChildren(hostPid: number): Promise<number[]> {
  const { stdout } = await run("ps", ["-eo", "pid=,ppid="]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found: number[] = [];
  for (let parents = [hostPid]; parents.length > 0; ) {
    parents = rows.filter(([, parent]) => parents.includes(parent ?? -1)).flatMap(([pid]) => pid ?? []);
    found.push(...parents);
  }
  return found;
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Resolves when none of the processes runs any more. */
export async function allGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await setTimeout(50);
}
