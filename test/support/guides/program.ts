import { type ChildProcess, spawn } from "node:child_process";
import { withDeadline } from "../editor/deadline.ts";
import { until } from "../until.ts";

const DEADLINE_MS = 100_000;

export interface ProgramOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Written to its standard input, which then ends. */
  readonly input?: string;
}

export interface ProgramEnd {
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program in a process group of its own, as it runs in a terminal. */
export class Program {
  readonly ended: Promise<ProgramEnd>;
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;

  constructor(command: string, args: readonly string[], { cwd, env, input = "" }: ProgramOptions) {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: "pipe" });
    this.#child = child;
    child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    child.stdin.on("error", () => undefined); // A program that does not read its input may end before it.
    child.stdin.end(input);
    const closed = new Promise<ProgramEnd>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) =>
        resolve({ code: code ?? signal ?? "SIGKILL", stdout: this.stdout, stderr: this.stderr }),
      );
    });
    this.ended = withDeadline(closed, DEADLINE_MS, `the end of ${command} ${args.join(" ")}`).catch(
      (error: unknown) => {
        this.signal("SIGKILL");
        throw new Error(`${String(error)}\n${this.stdout}\n${this.stderr}`, { cause: error });
      },
    );
    this.ended.catch(() => undefined); // Reported to those that wait for it.
  }

  /** Waits for a state that the program brings about. Rejects with all that it has printed if it ends before. */
  async until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
    let end: ProgramEnd | undefined;
    void this.ended.then((ended) => (end = ended)).catch(() => undefined);
    await until(async () => end !== undefined || (await isTrue()), what);
    if (end !== undefined && !(await isTrue()))
      throw new Error(`The program ended without ${what}:\n${end.stdout}\n${end.stderr}\nexit code ${end.code}`);
  }

  /** Sends a signal to the program and all its children, as Ctrl+C in a terminal does. */
  signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    process.kill(-pid, signal);
  }
}

/** Runs a program to its end. */
export function runProgram(command: string, args: readonly string[], options: ProgramOptions): Promise<ProgramEnd> {
  return new Program(command, args, options).ended;
}

/** Returns true if the program can be started. */
export function isInstalled(command: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  return runProgram(command, ["--version"], { cwd: ".", env }).then(
    ({ code }) => code === 0,
    () => false,
  );
}
