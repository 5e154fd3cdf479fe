import { spawn } from "node:child_process";

const isWindows = process.platform === "win32";

/**
 * A process which leads its own group, and all that it started: signalled as one, by id and never by name (docs/kiro-cli.md#m20).
 */
export class ProcessGroup {
  /** Options for `spawn` that make the child the leader of a group. */
  static readonly spawnOptions = { detached: !isWindows, windowsHide: true } as const;

  readonly #leaderPid: number;
  #isForgotten = false;

  constructor(leaderPid: number) {
    this.#leaderPid = leaderPid;
  }

  /**
   * @returns whether there was anybody to signal. Windows knows only the kill, of the leader and all below it: SIGINT and
   * SIGTERM do nothing there.
   */
  signal(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): boolean {
    if (this.#isForgotten) return false;
    if (!isWindows) return signalGroup(this.#leaderPid, signal);
    if (signal === "SIGKILL") killTree(this.#leaderPid);
    return signal === "SIGKILL";
  }

  /** Kills what a leader that has ended left behind. On Windows nothing leads there any more. */
  sweep(): void {
    if (!isWindows && !this.#isForgotten) signalGroup(this.#leaderPid, "SIGKILL");
  }

  /** The system may give the id to somebody else now: nothing is signalled any more. */
  forget(): void {
    this.#isForgotten = true;
  }
}

function signalGroup(leaderPid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-leaderPid, signal);
  } catch {
    return false;
  }
}

function killTree(pid: number): void {
  const killer = spawn("taskkill", ["/T", "/F", "/PID", String(pid)], { stdio: "ignore", windowsHide: true });
  killer.on("error", () => undefined);
  killer.unref();
}
