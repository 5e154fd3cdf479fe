import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Disposable } from "../../../base/disposables.ts";
import { within } from "../../../base/deadline.ts";
import type { Logger } from "../../../base/logger.ts";
import { messageOf } from "../../../protocol/errors.ts";

const END_MS = 500;
/** One that ends by itself is started again so often, and then not before the next process. */
const MAX_RESTARTS = 3;

/**
 * Keeps the process groups that it is told of in mind, one line each, and kills them when its input ends: that is when the extension
 * host is gone, whatever has ended it. A shell takes 2 MB for this, where Node takes 40.
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

/** The same for Windows, which has no such shell and no groups, but trees. */
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

/** Ties processes to the life of this one: a small process that outlives it, and ends when it has done its work. */
export class Watchdog implements Disposable {
  readonly #logger: Logger;
  readonly #pids = new Set<number>();
  #process: ChildProcess | undefined;
  #restarts = 0;
  #isDisposed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Starts with the first process that it is told of. */
  begun(pid: number): void {
    this.#pids.add(pid);
    this.#restarts = 0;
    if (this.#process === undefined) this.#start();
    else this.#tell(`+ ${pid}`);
  }

  /** The process and all that it has started are gone: the system may give its id to another. */
  ended(pid: number): void {
    if (this.#pids.delete(pid)) this.#tell(`- ${pid}`);
  }

  /** What it still has in mind is killed. */
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
    // It must not keep the host alive, which it is to outlive.
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
