import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** A window in a process of its own, with an outbox. It can be killed. */
export class WindowProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param acked number of facts that its only reader, `first`, has acknowledged */
  static async start(folder: string, runs: { readonly ended: number; readonly open: number; readonly acked?: number }) {
    const child = fork(join(import.meta.dirname, "windowProcessMain.ts"), [folder, JSON.stringify(runs)]);
    await once(child, "message");
    return new WindowProcess(child);
  }

  /** Ends it as a crash does. Resolves when it has ended. */
  async kill(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}
