import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { eventually, withDeadline } from "../editor/deadline.ts";

export interface ProcessGroupOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

const KEPT_LINES = 200;
const isWindows = process.platform === "win32";
const living = new Set<ProcessGroup>();
let areSignalsTaken = false;

/**
 * A program we started, together with everything it started: ended as one, by its own process id and never by name.
 * The group leaves with us whatever happens: at exit, whatever still lives is killed.
 */
export class ProcessGroup {
  readonly pid: number;
  /** Settles with the exit code (null after a signal). Never rejects. */
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #watchers = new Set<(line: string) => void>();

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.exited = new Promise((resolve) => child.once("close", (code) => resolve(code)));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => this.#take(line));
    }
  }

  /** Starts the program in a group of its own. Throws when it cannot be started. */
  static async start(command: string, args: readonly string[], options: ProcessGroupOptions): Promise<ProcessGroup> {
    const child = spawn(command, args, {
      ...options,
      detached: !isWindows,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => reject(new Error(`Cannot start ${command}: ${error.message}`, { cause: error })));
    });
    if (child.pid === undefined) throw new Error(`Cannot start ${command}: the system gave no process id.`);
    const group = new ProcessGroup(child, child.pid);
    if (!areSignalsTaken) exitOnSignals();
    areSignalsTaken = true;
    living.add(group);
    void group.exited.then(() => isWindows && living.delete(group));
    return group;
  }

  /** The last lines of both outputs, for the message when something went wrong. */
  get output(): string {
    return this.#lines.join("\n");
  }

  /** Waits for a line of output, past or to come; rejects when the program ends first. */
  async waitForLine(pattern: RegExp, deadlineMs: number): Promise<string> {
    let watch: ((line: string) => void) | undefined;
    const seen = new Promise<string>((resolve, reject) => {
      watch = (line) => pattern.test(line) && resolve(line);
      this.#lines.forEach(watch);
      this.#watchers.add(watch);
      void this.exited.then((code) =>
        reject(new Error(`The program ended with code ${code} before it said ${pattern}.`)),
      );
    });
    try {
      return await withDeadline(seen, deadlineMs, `a line like ${pattern}`);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)} Its output:\n${this.output}`, {
        cause: error,
      });
    } finally {
      if (watch) this.#watchers.delete(watch);
    }
  }

  /** Asks the whole group to end, and kills it when `graceMs` was not enough. Settles when the group is gone. */
  async stop(graceMs = 5_000): Promise<void> {
    if (isWindows) killTree(this.pid);
    else signalGroup(this.pid, "SIGTERM");
    const gone = { what: `process group ${this.pid} to end`, everyMs: 20 };
    await eventually(() => this.#isGone() || undefined, { ...gone, deadlineMs: graceMs }).catch(() =>
      signalGroup(this.pid, "SIGKILL"),
    );
    await withDeadline(this.exited, 60_000, gone.what);
    living.delete(this);
  }

  /** The last resort, synchronous. */
  kill(): void {
    if (isWindows) killTree(this.pid);
    else signalGroup(this.pid, "SIGKILL");
  }

  #isGone(): boolean {
    const leaderGone = this.#child.exitCode !== null || this.#child.signalCode !== null;
    return leaderGone && (isWindows || !signalGroup(this.pid, 0));
  }

  #take(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    for (const watch of this.#watchers) watch(line);
  }
}

/** Ends this process through `exit`, so that no group is left behind; unless another listener handles the signal. */
function exitOnSignals(): void {
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const [signal, code] of Object.entries(signals)) {
    process.on(signal, () => process.listenerCount(signal) === 1 && process.exit(code));
  }
}

process.on("exit", () => {
  for (const group of living) group.kill();
});

/** True when a process of the group could be signalled. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

function killTree(pid: number): void {
  spawnSync("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true });
}
