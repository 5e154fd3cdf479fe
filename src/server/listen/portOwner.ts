import { isAlive, outputOf, programOf } from "../../core/processes.ts";
import { isBridge, probe } from "./portProbe.ts";

/** A bridge on this machine, as published in the discovery folder. */
export interface KnownBridge {
  readonly url: string;
  readonly pid: number;
}

export interface PortOwner {
  readonly kind: "sibling" | "stranger";
  /** A sentence for users that names the owner of the port. */
  readonly sentence: string;
  readonly pid?: number;
}

interface ProcessName {
  readonly pid: number;
  readonly name: string;
}

/** Finds out which program uses a port of this machine, without disturbing it. */
export async function findPortOwner(port: number, bridges: readonly KnownBridge[]): Promise<PortOwner> {
  const sibling = await findSibling(port, bridges);
  if (sibling !== undefined) {
    const { pid } = sibling;
    return {
      kind: "sibling",
      pid,
      sentence: `Port ${port} is used by the Kiro Bridge of another window (process ${pid}).`,
    };
  }
  const process = await findProcess(port);
  if (process !== undefined) {
    const { pid, name } = process;
    return { kind: "stranger", pid, sentence: `Port ${port} is used by '${name}' (process ${pid}).` };
  }
  return { kind: "stranger", sentence: `Port ${port} is used by ${await nameByHttp(port)}.` };
}

async function findSibling(port: number, bridges: readonly KnownBridge[]): Promise<KnownBridge | undefined> {
  const candidates = bridges.filter(({ url, pid }) => URL.parse(url)?.port === String(port) && isAlive(pid));
  for (const bridge of candidates) if (await isBridge(bridge.url)) return bridge;
  return undefined;
}

/** Returns the listening process, or undefined: most systems hide the processes of other users. */
async function findProcess(port: number): Promise<ProcessName | undefined> {
  return process.platform === "win32" ? findOnWindows(port) : findByLsof(port);
}

async function findByLsof(port: number): Promise<ProcessName | undefined> {
  const lines = (await outputOf("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"])).split("\n");
  const pid = Number(lines.find((line) => line.startsWith("p"))?.slice(1));
  if (!Number.isInteger(pid)) return undefined;
  const name = (await programOf(pid)) ?? lines.find((line) => line.startsWith("c"))?.slice(1);
  return name === undefined ? undefined : { pid, name };
}

async function findOnWindows(port: number): Promise<ProcessName | undefined> {
  const script = `$c = Get-NetTCPConnection -State Listen -LocalPort ${port} | Select-Object -First 1; $p = Get-Process -Id $c.OwningProcess; "$($p.Id) $($p.ProcessName)"`;
  const output = await outputOf("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", script]);
  const [, pid, name] = /^(\d+) (.+)$/m.exec(output) ?? [];
  return pid === undefined || name === undefined ? undefined : { pid: Number(pid), name: name.trim() };
}

async function nameByHttp(port: number): Promise<string> {
  const server = (await probe(`http://127.0.0.1:${port}/`))?.server;
  return server === undefined ? "another program" : `a program named '${server.slice(0, 100)}'`;
}
