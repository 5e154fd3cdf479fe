import { spawn } from "node:child_process";

const isWindows = process.platform === "win32";

/**
 * A process that leads its own group, and its descendants. Signals go to the whole group, by ID and never by name
 * (docs/kiro-cli.md#m20).
 */
export class ProcessGroup {
  /** Options of `spawn` that make the child the leader of a group. */
  static readonly spawnOptions = { detached: !isWindows, windowsHide: true } as const;

  readonly #leaderPid: number;
  #isForgotten = false;

  constructor(leaderPid: number) {
    this.#leaderPid = leaderPid;
  }

  /**
   * @returns false if there is no process to signal. On Windows only SIGKILL works, for the leader and its descendants.
   */
  signal(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): boolean {
    if (this.#isForgotten) return false;
    if (!isWindows) return signalGroup(this.#leaderPid, signal);
    if (signal === "SIGKILL") killTree(this.#leaderPid);
    return signal === "SIGKILL";
  }

  /** Kills the descendants of a leader that has exited. Not possible on Windows. */
  sweep(): void {
    if (!isWindows && !this.#isForgotten) signalGroup(this.#leaderPid, "SIGKILL");
  }

  /** Stops signalling: the system may reuse the ID. */
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
