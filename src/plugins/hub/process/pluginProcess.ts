import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import spawn from "cross-spawn";
import { within } from "../../../base/deadline.ts";
import { cleanEnvironment } from "../../../core/childProcesses/cleanEnvironment.ts";
import type { ProcessGuard } from "../../../core/childProcesses/orphanGuard.ts";
import { ProcessGroup } from "../../../core/childProcesses/processGroup.ts";
import { readLines } from "./outputLines.ts";

/** Time in milliseconds between the request to end and the kill. The window has 4 s to end all. */
const TERM_WAIT_MS = 1000;
/** Time in milliseconds to wait for the rest of the output after the exit; a grandchild may keep the pipe open. */
const CLOSE_WAIT_MS = 1000;

/** The command line of a plugin, its folder and its environment. */
export interface PluginCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** Added to the environment of the editor. */
  readonly env: Readonly<Record<string, string>>;
}

export interface PluginProcessDeps {
  readonly guard: ProcessGuard;
  readonly onLine: (line: string) => void;
}

export interface PluginExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Starts a plugin in its own process group, without a shell.
 * @throws Error of the system if it cannot be started
 */
export async function startPluginProcess(command: PluginCommand, deps: PluginProcessDeps): Promise<PluginProcess> {
  // The token of the owner, if the editor was started with it.
  const { KIRO_BRIDGE_TOKEN: _token, ...inherited } = process.env;
  const child = spawn(command.file, [...command.args], {
    ...ProcessGroup.spawnOptions,
    cwd: command.folder,
    env: cleanEnvironment(inherited, command.env),
    stdio: ["pipe", "pipe", "pipe"],
    shell: false,
  });
  const release = child.pid === undefined ? undefined : deps.guard.watch(child.pid);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  const running = new PluginProcess(child, deps);
  if (release !== undefined) void running.exited.then(release);
  return running;
}

/** A running plugin and its descendants. */
export class PluginProcess {
  readonly pid: number;
  /** Resolves when the process has exited and its group is gone. Never rejects. */
  readonly exited: Promise<PluginExit>;
  readonly #child: ChildProcess;
  readonly #group: ProcessGroup;
  #ending: Promise<void> | undefined;

  constructor(child: ChildProcess, { onLine }: Pick<PluginProcessDeps, "onLine">) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.#group = new ProcessGroup(this.pid);
    for (const stream of this.#outputs()) readLines(stream, onLine);
    child.stdin?.on("error", () => undefined);
    child.on("error", () => undefined);
    this.exited = this.#watchExit();
  }

  /** Asks the group to end: SIGTERM, and the end of its input where there are no signals; then kills it. */
  end(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    this.#child.stdin?.end();
    this.#group.signal("SIGTERM");
    if ((await within(this.exited, TERM_WAIT_MS, undefined)) !== undefined) return;
    this.#group.signal("SIGKILL");
    await this.exited;
  }

  async #watchExit(): Promise<PluginExit> {
    const closed = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      this.#child.once("exit", (...exit) => resolve(exit)),
    );
    this.#group.sweep();
    await within(closed, CLOSE_WAIT_MS, undefined);
    for (const stream of [this.#child.stdin, ...this.#outputs()]) stream?.destroy();
    this.#group.forget();
    return { code, signal };
  }

  #outputs(): readonly Readable[] {
    return [this.#child.stdout, this.#child.stderr].filter((stream) => stream !== null);
  }
}
