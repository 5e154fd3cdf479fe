import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import * as z from "zod";
import { testOutput } from "../support/editor/paths.ts";

const fromProcess = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready"), port: z.number() }),
  z.object({ type: z.literal("cpu"), micros: z.number() }),
  z.object({ type: z.literal("delay"), p99Ms: z.number() }),
]);
type FromProcess = z.infer<typeof fromProcess>;

/** A server of the bench in a process of its own, so that its CPU time is not that of its clients. */
export class BenchProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.port = port;
    this.#child = child;
  }

  /**
   * @param module calls `serveBench` when it listens
   * @param profile a folder of the tests' output for a CPU profile, which is written at the end of the process
   */
  static async start(module: string, args: readonly string[] = [], profile?: string): Promise<BenchProcess> {
    const folder = `--cpu-prof-dir=${join(testOutput, profile ?? "")}`;
    const profiling = profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-interval=200", folder];
    const child = fork(module, args, { execArgv: ["--no-warnings", ...profiling] });
    const ready = await nextOf(child);
    if (ready.type !== "ready") throw new Error(`${module} has not started.`);
    return new BenchProcess(child, ready.port);
  }

  /** Returns the CPU time that it has used, without that of its children, in µs. */
  async cpu(): Promise<number> {
    const answer = nextOf(this.#child);
    this.#child.send("cpu");
    const said = await answer;
    return said.type === "cpu" ? said.micros : Number.NaN;
  }

  /** Returns the 99th percentile of the delay of its event loop in ms, since the last call. */
  async delay(): Promise<number> {
    const answer = nextOf(this.#child);
    this.#child.send("delay");
    const said = await answer;
    return said.type === "delay" ? said.p99Ms : Number.NaN;
  }

  /** Resolves when it has ended. */
  async dispose(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }
}

/** Tells the bench where this process listens, and then what it is asked for; ends with the bench. */
export function serveBench(port: number, dispose: () => unknown): void {
  const tell = (message: FromProcess): void => void process.send?.(message);
  let delays: ReturnType<typeof monitorEventLoopDelay> | undefined;
  process.on("message", (question) => {
    if (question === "delay") {
      const p99Ms = delays === undefined ? 0 : delays.percentile(99) / 1e6;
      delays ??= monitorEventLoopDelay({ resolution: 1 });
      delays.enable();
      delays.reset();
      return tell({ type: "delay", p99Ms });
    }
    const { user, system } = process.cpuUsage();
    tell({ type: "cpu", micros: user + system });
  });
  process.once("disconnect", () => void dispose());
  tell({ type: "ready", port });
}

async function nextOf(child: ChildProcess): Promise<FromProcess> {
  const ended = new AbortController();
  const exit = (): void => ended.abort(new Error("A process of the bench has ended."));
  child.once("exit", exit);
  try {
    const [message]: unknown[] = await once(child, "message", { signal: ended.signal });
    return fromProcess.parse(message);
  } finally {
    child.off("exit", exit);
  }
}
