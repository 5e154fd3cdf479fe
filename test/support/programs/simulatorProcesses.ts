import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface SimulatorProcess {
  readonly pid: number;
  readonly group: number;
}

/** The packed simulators that speak ACP as children of an extension host. Asks `ps`, which Linux and macOS have. */
export async function simulatorsOf(hostPid: number): Promise<SimulatorProcess[]> {
  const { stdout } = await run("ps", ["-eo", "pid=,ppid=,pgid=,args="]);
  return stdout
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\d+)\s+.*simulator\.cjs acp\b/.exec(line))
    .filter((match) => match?.[2] === String(hostPid))
    .map((match) => ({ pid: Number(match?.[1]), group: Number(match?.[3]) }));
}

export function isGroupAlive(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}
