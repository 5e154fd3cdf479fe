import { type ChildProcess, spawn } from "node:child_process";
import { withDeadline } from "../editor/deadline.ts";
import { cliBundle } from "./cliBundle.ts";

const DEADLINE_MS = 90_000;

export interface CliOptions {
  /** In addition to those of the test run, without its `KIRO_BRIDGE_…`. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is on stdin. Default: nothing. */
  readonly input?: string;
  /** The folder of the process. Default: that of the test run. */
  readonly cwd?: string;
  /** True if stdin does not end after that. */
  readonly keepsInputOpen?: boolean;
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a process. */
export class CliProcess {
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();
  readonly ended: Promise<CliResult>;
  stdout = "";
  stderr = "";

  private constructor(child: ChildProcess, { input = "", keepsInputOpen = false }: CliOptions) {
    this.#child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#take(() => (this.stdout += text)));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => this.#take(() => (this.stderr += text)));
    child.stdin?.on("error", () => undefined);
    child.stdin?.write(input);
    if (!keepsInputOpen) child.stdin?.end();
    const ended = new Promise<CliResult>((resolve) => {
      child.once("close", (code) => {
        const { stdout, stderr } = this;
        resolve({ code, stdout, stderr });
      });
    });
    this.ended = withDeadline(ended, DEADLINE_MS, "the end of the command line");
    // A test may end without it.
    this.ended.catch(() => undefined);
  }

  static async start(args: readonly string[], options: CliOptions = {}): Promise<CliProcess> {
    return CliProcess.program(process.execPath, [await cliBundle(), ...args], options);
  }

  /** Starts any program in the same environment. */
  static program(command: string, args: readonly string[], options: CliOptions = {}): CliProcess {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(KIRO_|FORCE_COLOR|NO_COLOR|NODE_)/.test(name));
    return new CliProcess(
      spawn(command, args, { cwd: options.cwd, env: { ...Object.fromEntries(inherited), ...options.env } }),
      options,
    );
  }

  /** Waits until it has printed a text, on stdout or stderr. */
  async printed(text: string | RegExp): Promise<void> {
    const has = (all: string): boolean => (typeof text === "string" ? all.includes(text) : text.test(all));
    const printed = new Promise<void>((resolve, reject) => {
      const watch = (): void => {
        if (has(this.stdout) || has(this.stderr)) resolve();
        else if (this.#child.exitCode !== null)
          reject(new Error(`It has ended without ${String(text)}: ${this.stdout}${this.stderr}`));
      };
      this.#watchers.add(watch);
      this.#child.once("close", watch);
      watch();
    });
    await withDeadline(printed, DEADLINE_MS, `${String(text)} in ${this.stdout}${this.stderr}`);
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  /** Closes our end of its stdout. */
  closeStdout(): void {
    this.#child.stdout?.destroy();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  #take(append: () => void): void {
    append();
    for (const watch of this.#watchers) watch();
  }
}

/** Runs the command line to its end. */
export async function runCli(args: readonly string[], options?: CliOptions): Promise<CliResult> {
  return await (await CliProcess.start(args, options)).ended;
}
