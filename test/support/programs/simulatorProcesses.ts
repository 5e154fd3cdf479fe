import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface SimulatorProcess {
  readonly pid: number;
  readonly group: number;
}

/** The packed simulators that speak ACP as children of an extension host. */
export async function simulatorsOf(hostPid: number): Promise<SimulatorProcess[]> {
  return (await processesOf("simulator.cjs acp")).filter(({ parent }) => parent === hostPid);
}

/** The processes whose command line has this text. Asks `ps`, which Linux and macOS have. */
export async function processesOf(text: string): Promise<(SimulatorProcess & { readonly parent: number })[]> {
  const { stdout } = await run("ps", ["-eo", "pid=,ppid=,pgid=,args="]);
  return stdout
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match?.[4]?.includes(text))
    .map((match) => ({ pid: Number(match?.[1]), parent: Number(match?.[2]), group: Number(match?.[3]) }));
}

export function isGroupAlive(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}
