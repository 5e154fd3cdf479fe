import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import * as z from "zod";
import { testOutput } from "../../support/editor/paths.ts";

const fromBridge = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready"), port: z.number() }),
  z.object({ type: z.literal("cpu"), micros: z.number() }),
]);
export type FromBridge = z.infer<typeof fromBridge>;

/** A bridge whose agent stamps its chunks, in a process of its own, so that its CPU time is not that of its clients. */
export class BridgeProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** @param isProfiled true to write a CPU profile to the folder of the tests' output at its end */
  static async start(isProfiled: boolean): Promise<BridgeProcess> {
    const profile = ["--cpu-prof", "--cpu-prof-interval=200", `--cpu-prof-dir=${join(testOutput, "gateways")}`];
    const execArgv = ["--no-warnings", ...(isProfiled ? profile : [])];
    const child = fork(join(import.meta.dirname, "bridgeMain.ts"), { execArgv });
    const ready = await nextOf(child);
    if (ready.type !== "ready") throw new Error("The bridge of the bench has not started.");
    return new BridgeProcess(child, ready.port);
  }

  /** Returns the CPU time that it has used, without that of the agents, in µs. */
  async cpu(): Promise<number> {
    const answer = nextOf(this.#child);
    this.#child.send("cpu");
    const said = await answer;
    return said.type === "cpu" ? said.micros : Number.NaN;
  }

  /** Resolves when it has ended. */
  async dispose(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }
}

async function nextOf(child: ChildProcess): Promise<FromBridge> {
  const ended = new AbortController();
  const exit = (): void => ended.abort(new Error("The bridge of the bench has ended."));
  child.once("exit", exit);
  try {
    const [message]: unknown[] = await once(child, "message", { signal: ended.signal });
    return fromBridge.parse(message);
  } finally {
    child.off("exit", exit);
  }
}
