import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Disposable } from "../../base/disposables.ts";
import { within } from "../../base/deadline.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";

const END_MS = 500;
/** Maximum number of restarts of a watchdog that exits unexpectedly, each with the next process. */
const MAX_RESTARTS = 3;

/**
 * Reads the IDs of process groups, one per line, and kills them when stdin closes, which is when the extension host has
 * ended for any reason. A shell needs 2 MB for this, Node 40 MB.
 */
const SHELL_SCRIPT = `trap '' HUP INT TERM
set --
while read -r sign pid; do
  case "$sign" in
    +) set -- "$@" "$pid" ;;
    -) for other do shift; [ "$other" = "$pid" ] || set -- "$@" "$other"; done ;;
  esac
done
for pid do kill -9 "-$pid"; done 2>/dev/null`;

/** The same for Windows, which has process trees instead of groups. */
export const NODE_SCRIPT = `const pids = new Set();
let rest = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (text) => {
  const lines = (rest + text).split("\\n");
  rest = lines.pop();
  for (const line of lines) line[0] === "+" ? pids.add(line.slice(2)) : pids.delete(line.slice(2));
});
process.stdin.on("error", () => undefined);
process.stdin.on("close", () => {
  for (const pid of pids) require("node:child_process").spawnSync("taskkill", ["/T", "/F", "/PID", pid]);
});`;

/** Ties child processes to the life of this process, with a small helper process that outlives it and then exits. */
export class Watchdog implements Disposable {
  readonly #logger: Logger;
  readonly #pids = new Set<number>();
  #process: ChildProcess | undefined;
  #restarts = 0;
  #isDisposed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Registers a process. The first one starts the watchdog. */
  begun(pid: number): void {
    this.#pids.add(pid);
    this.#restarts = 0;
    if (this.#process === undefined) this.#start();
    else this.#tell(`+ ${pid}`);
  }

  /** Unregisters a process when its whole group has ended, because the system may reuse its ID. */
  ended(pid: number): void {
    if (this.#pids.delete(pid)) this.#tell(`- ${pid}`);
  }

  /** Kills the processes that are still registered. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    const watchdog = this.#process;
    if (watchdog === undefined) return;
    const ended = once(watchdog, "exit");
    watchdog.stdin?.end();
    await within(ended, END_MS, undefined);
  }

  #start(): void {
    if (this.#isDisposed) return;
    const watchdog = process.platform === "win32" ? spawnNode() : spawnShell();
    this.#process = watchdog;
    watchdog.on("error", (error) => {
      this.#logger.debug("The watchdog could not be started", { error: messageOf(error) });
      this.#process = undefined;
    });
    watchdog.once("exit", () => {
      this.#process = undefined;
      if (this.#pids.size > 0 && ++this.#restarts <= MAX_RESTARTS) this.#start();
    });
    watchdog.stdin?.on("error", () => undefined);
    // The watchdog must not keep the extension host alive.
    watchdog.unref();
    for (const pid of this.#pids) this.#tell(`+ ${pid}`);
    this.#logger.debug("The watchdog was started", { pid: watchdog.pid });
  }

  #tell(line: string): void {
    this.#process?.stdin?.write(`${line}\n`);
  }
}

function spawnShell(): ChildProcess {
  return spawn("/bin/sh", ["-c", SHELL_SCRIPT, "kiro-bridge-watchdog"], {
    cwd: "/",
    env: {},
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
}

function spawnNode(): ChildProcess {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: "1" };
  return spawn(process.execPath, ["-e", NODE_SCRIPT], { env, windowsHide: true, stdio: ["pipe", "ignore", "ignore"] });
}
