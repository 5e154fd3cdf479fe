import type { ChildProcess, ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import spawn from "cross-spawn";
import { within } from "../../../base/deadline.ts";
import type { Logger } from "../../../base/logger.ts";
import { BridgeError, messageOf } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import type { CliProgram } from "../../agent.ts";
import { AnsiStripper } from "../text/ansi.ts";
import { cleanEnvironment } from "../../../core/childProcesses/cleanEnvironment.ts";
import type { ProcessGuard } from "../../../core/childProcesses/orphanGuard.ts";
import { ProcessGroup } from "../../../core/childProcesses/processGroup.ts";
import { StdinWriter } from "./stdinWriter.ts";

/** Number of characters of stderr that are kept (docs/kiro-cli.md#m17). */
const STDERR_TAIL = 4096;
/**
 * Time in milliseconds to wait for `close` after `exit`: output may still arrive, and a grandchild may keep the pipe
 * open forever (docs/kiro-cli.md#m17).
 */
const CLOSE_WAIT_MS = 2000;
const END_OF_INPUT_WAIT_MS = 250;
const TERM_WAIT_MS = 2000;
const WRITE_PROGRESS_MS = 5000;

export interface ProcessOptions {
  /** Absolute path of the working directory. */
  readonly cwd: string;
  /** Added to the environment, after the variables of the program. */
  readonly env?: Readonly<Record<string, string>>;
  readonly logger: Logger;
  readonly guard?: ProcessGuard | undefined;
  /** Timeout in milliseconds for a write without progress. Default: 5 s. */
  readonly writeProgressMs?: number;
}

/** The exit of a process. Either `code` or `signal` is null. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last 4 KiB of stderr, as clean text. */
  readonly stderrTail: string;
}

/**
 * Starts the CLI in its own process group with three pipes and a clean environment, without a shell. Attach to `stdout`
 * and `stderr` synchronously, so that no byte is missed.
 * @throws BridgeError KIRO_UNAVAILABLE `not_installed` (missing or not executable), CONFIGURATION_ERROR if the working
 * directory does not exist
 */
export async function startKiroProcess(
  program: CliProgram,
  args: readonly string[],
  options: ProcessOptions,
): Promise<KiroProcess> {
  const child = spawn(program.command, [...program.leadingArgs, ...args], {
    ...ProcessGroup.spawnOptions,
    cwd: options.cwd,
    env: cleanEnvironment(process.env, program.env, options.env ?? {}),
    stdio: ["pipe", "pipe", "pipe"],
    shell: false,
  });
  // Registered at once, so that the child is killed if this process ends in the next moment.
  const release = child.pid === undefined ? undefined : options.guard?.watch(child.pid);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(spawnFailure(error, options)));
  });
  if (!isPiped(child)) throw new TypeError("a child on three pipes has three streams");
  const running = new KiroProcess(child, options);
  if (release !== undefined) void running.exited.then(release);
  return running;
}

function isPiped(child: ChildProcess): child is ChildProcessWithoutNullStreams {
  return child.stdin !== null && child.stdout !== null && child.stderr !== null;
}

/**
 * A running CLI and its descendants. Its owner ends it with `end` or `kill`, both for the whole group. If the CLI exits
 * on its own, the rest of its group is killed, so that no process is left.
 */
export class KiroProcess {
  readonly pid: number;
  /**
   * The output, with Node's backpressure (`pause`, `resume`). When the process has exited, Node resumes it and delivers
   * the rest of the pipe (64 KiB).
   */
  readonly stdout: Readable;
  /** Already consumed for `stderrTail`; further "data" listeners receive the bytes too. */
  readonly stderr: Readable;
  /** Resolves when the process has exited and its output was read (at most 2 s later). Never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #group: ProcessGroup;
  readonly #input: StdinWriter;
  readonly #logger: Logger;
  readonly #stderrText = new AnsiStripper();
  #stderrTail = "";
  #hasExited = false;
  #ending: Promise<void> | undefined;

  constructor(child: ChildProcessWithoutNullStreams, options: ProcessOptions) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.#group = new ProcessGroup(this.pid);
    this.#logger = options.logger;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    this.#input = new StdinWriter(child.stdin, options.writeProgressMs ?? WRITE_PROGRESS_MS);
    this.stderr.on("data", (bytes: Buffer) => this.#keepTail(this.#stderrText.write(bytes)));
    for (const stream of [this.stdout, this.stderr]) stream.on("error", () => undefined);
    child.on("error", (error) =>
      this.#logger.warn("Kiro CLI process error", { pid: this.pid, error: messageOf(error) }),
    );
    this.exited = this.#watchExit();
    this.#logger.debug("Kiro CLI process started", { pid: this.pid });
  }

  /** False once the process has exited, even if its last output is still being read. */
  get isRunning(): boolean {
    return !this.#hasExited;
  }

  /** The end of stderr so far. */
  get stderrTail(): string {
    return this.#stderrTail;
  }

  /**
   * Writes to stdin. Resolves when the system has accepted everything. Concurrent writes do not interleave.
   * @throws BridgeError KIRO_UNAVAILABLE: `not_running`, or `not_responding` after 5 s without progress
   * (docs/kiro-cli.md#m18)
   */
  write(text: string): Promise<void> {
    return this.#input.write(text);
  }

  /** Closes stdin after pending writes. */
  endInput(): void {
    this.#input.end();
  }

  /** Sends SIGINT to the group. @returns false if it has exited, or on Windows, which has no such signal */
  interrupt(): boolean {
    return !this.#hasExited && this.#group.signal("SIGINT");
  }

  /** Shuts down the group: closes stdin, sends SIGTERM after 250 ms and SIGKILL after 2 s (docs/kiro-cli.md#m20). */
  end(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  /** Kills the group at once. `exited` resolves when it is gone. */
  kill(): void {
    if (this.#hasExited) this.#group.sweep();
    else this.#group.signal("SIGKILL");
  }

  async #end(): Promise<void> {
    this.endInput();
    if (await this.#isGoneWithin(END_OF_INPUT_WAIT_MS)) return;
    if (this.#group.signal("SIGTERM") && (await this.#isGoneWithin(TERM_WAIT_MS))) return;
    this.kill();
    await this.exited;
  }

  async #isGoneWithin(ms: number): Promise<boolean> {
    return (await within(this.exited, ms, undefined)) !== undefined;
  }

  /** Waits for `exit` and `close`: `exit` may come before the last output, and `close` may never come. */
  async #watchExit(): Promise<ProcessExit> {
    const closed = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      this.#child.once("exit", (...ending) => resolve(ending)),
    );
    this.#hasExited = true;
    // A killed leader cannot have left descendants on purpose, and its caller waits.
    if (signal !== null) this.#group.sweep();
    await within(closed, CLOSE_WAIT_MS, undefined);
    for (const stream of [this.#child.stdin, this.stdout, this.stderr]) stream.destroy();
    this.#group.sweep();
    this.#group.forget();
    this.#keepTail(this.#stderrText.flush());
    this.#logger.debug("Kiro CLI process ended", {
      pid: this.pid,
      code: code ?? undefined,
      signal: signal ?? undefined,
    });
    return { code, signal, stderrTail: this.#stderrTail };
  }

  #keepTail(text: string): void {
    if (text !== "") this.#stderrTail = (this.#stderrTail + text).slice(-STDERR_TAIL);
  }
}

function spawnFailure(error: NodeJS.ErrnoException, { cwd, logger }: ProcessOptions): BridgeError {
  logger.warn("The Kiro CLI process could not be started", { error: error.code });
  if (error.code === "ENOENT" && !existsSync(cwd)) {
    return new BridgeError("CONFIGURATION_ERROR", "The working directory of this Kiro CLI session does not exist.");
  }
  const why = error.code === "ENOENT" ? "it was not found" : `the system reported ${error.code ?? error.message}`;
  return unavailable("cli-missing", `Kiro CLI could not be started: ${why}. Install it, or set kiroBridge.cli.path.`);
}
