import type { ChildProcess, ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import spawn from "cross-spawn";
import { within } from "../../../base/deadline.ts";
import type { Logger } from "../../../base/logger.ts";
import { BridgeError, messageOf } from "../../../protocol/errors.ts";
import type { CliProgram } from "../../agent.ts";
import { AnsiStripper } from "../text/ansi.ts";
import { cleanEnvironment } from "./cleanEnvironment.ts";
import { ProcessGroup } from "./processGroup.ts";
import { StdinWriter } from "./stdinWriter.ts";

/** How much of the error output is kept, in characters (docs/kiro-cli.md#m17). */
const STDERR_TAIL = 4096;
/** After `exit`, output may still be on its way; a grandchild may hold the pipe for ever (docs/kiro-cli.md#m17). */
const CLOSE_WAIT_MS = 2000;
const END_OF_INPUT_WAIT_MS = 250;
const TERM_WAIT_MS = 2000;
const WRITE_PROGRESS_MS = 5000;

/** Watches over processes, so that none outlives this one. */
export interface ProcessGuard {
  /** A process has been started. @returns what to call when it is gone, and all that it has started */
  watch(pid: number): () => void;
}

export interface ProcessOptions {
  /** Absolute path of the working directory. */
  readonly cwd: string;
  /** Added to the environment, after the program's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly logger: Logger;
  readonly guard?: ProcessGuard | undefined;
  /** How long a write may stand still, in milliseconds. 5 s unless said otherwise. */
  readonly writeProgressMs?: number;
}

/** How a process ended. Of `code` and `signal` one is null. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last 4 KiB of its error output, clean. */
  readonly stderrTail: string;
}

/**
 * Starts the CLI in a process group of its own, on three pipes, in a clean environment, without a shell.
 * Attach to `stdout` and `stderr` in the same tick in which you get the process: then no byte is missed.
 * @throws BridgeError KIRO_UNAVAILABLE `not_installed` (no such program, or not allowed to run it);
 * CONFIGURATION_ERROR when the working directory does not exist.
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
  // At once: should this process end in the next moment, the other must not stay.
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
 * A running CLI with everything that it starts. Whoever starts it ends it: by `end`, or by `kill`; both end the whole group.
 * When the CLI ends by itself, what is left of its group is killed too, so nothing is ever left behind.
 */
export class KiroProcess {
  readonly pid: number;
  /**
   * Bytes, with Node's own backpressure: `pause` and `resume`. When the process has ended Node resumes it by itself: what is
   * left in the pipe (64 KiB) comes then, asked for or not.
   */
  readonly stdout: Readable;
  /** Read by us already for the tail; a further "data" listener gets the bytes too. */
  readonly stderr: Readable;
  /** Resolves when the process has ended and all its output has been read (at most 2 s later). Never rejects. */
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

  /** False as soon as the process has ended, even while its last output is still read. */
  get isRunning(): boolean {
    return !this.#hasExited;
  }

  /** What the error output said last, so far. */
  get stderrTail(): string {
    return this.#stderrTail;
  }

  /**
   * Writes to the input; resolves when the system has taken all of it. Texts of several calls never mix.
   * @throws BridgeError KIRO_UNAVAILABLE: `not_running`, or `not_responding` after 5 s without progress (docs/kiro-cli.md#m18).
   */
  write(text: string): Promise<void> {
    return this.#input.write(text);
  }

  /** Ends the input, after what is written. */
  endInput(): void {
    this.#input.end();
  }

  /** Ctrl-C for the whole group. @returns false when there is nobody to hear it, or no such signal (Windows). */
  interrupt(): boolean {
    return !this.#hasExited && this.#group.signal("SIGINT");
  }

  /**
   * Ends in good order: end of input, after 250 ms SIGTERM, after 2 s SIGKILL, each to the whole group (docs/kiro-cli.md#m20).
   */
  end(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  /** Kills the group at once. `exited` tells when it is gone. */
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

  /** `exit` may come before the last output, and `close` may never come: both are waited for. */
  async #watchExit(): Promise<ProcessExit> {
    const closed = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      this.#child.once("exit", (...ending) => resolve(ending)),
    );
    this.#hasExited = true;
    // A leader that was killed can not have left anybody on purpose, and its caller waits.
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
  return new BridgeError(
    "KIRO_UNAVAILABLE",
    `Kiro CLI could not be started: ${why}. Install it, or set kiroBridge.cli.path.`,
    {
      reason: "not_installed",
    },
  );
}
