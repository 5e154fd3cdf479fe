import { spawn } from "node:child_process";
import { once } from "node:events";
import stripAnsi from "strip-ansi";
import type { CliProgram } from "../../../src/agents/agent.ts";
import { ask, type KiroRig } from "./rig.ts";

export interface FloodResult {
  readonly elapsedMs: number;
  /** How much the resident memory of this process grew at its worst, in MiB. */
  readonly grownMiB: number;
}

/** A flood through the whole bridge. */
export async function floodBridge(rig: KiroRig, bytes: number): Promise<FloodResult> {
  return await watched(() => ask(rig, `[[fake:flood bytes=${bytes}]]`));
}

/** The same bytes through strip-ansi alone, piece by piece, nothing kept. */
export async function floodStripAnsi(program: CliProgram, bytes: number): Promise<FloodResult> {
  return await watched(async () => {
    const child = spawn(
      program.command,
      [...program.leadingArgs, "chat", "--no-interactive", `[[fake:flood bytes=${bytes}]]`],
      {
        env: { ...process.env, ...program.env },
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    let length = 0;
    child.stdout.on("data", (piece: Buffer) => {
      length += stripAnsi(piece.toString("utf8")).length;
    });
    await once(child, "close");
    if (length < bytes) throw new Error(`Only ${length} of ${bytes} came.`);
  });
}

async function watched(work: () => Promise<unknown>): Promise<FloodResult> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  const start = performance.now();
  try {
    await work();
    most = Math.max(most, process.memoryUsage.rss());
  } finally {
    clearInterval(timer);
  }
  return { elapsedMs: performance.now() - start, grownMiB: (most - before) / 2 ** 20 };
}
