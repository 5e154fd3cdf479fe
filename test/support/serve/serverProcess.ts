import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { withDeadline } from "../editor/deadline.ts";

const DEADLINE_MS = 60_000;

/** The command line of the npm package, as `npm run package:npm` has staged it. */
const program = join(import.meta.dirname, "../../../dist/npm/cli.js");

/** What the server prints when it listens. */
interface ReadyLine {
  readonly url: string;
  readonly access: string;
}

/** What a program of the command line has printed and how it has ended. */
export interface CliEnd {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** `kiro-bridge serve` in a process of its own, with a JSON log. */
export class ServerProcess {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ready = Promise.withResolvers<ReadyLine>();
  readonly #watchers = new Set<() => void>();
  readonly ended: Promise<number | null>;
  /** The log so far. */
  log = "";
  url = "";

  constructor(home: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const env = { ...process.env, KIRO_BRIDGE_HOME: home, ...environment };
    this.#child = spawn(process.execPath, [program, "serve", "--log", "json", ...args], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.log += text;
      for (const watch of this.#watchers) watch();
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#ready.resolve(JSON.parse(line)));
    this.ended = once(this.#child, "close").then(([code]) => code);
    void this.ended.then((code) => this.#ready.reject(new Error(`The server has ended with ${code}:\n${this.log}`)));
    this.#ready.promise.catch(() => undefined);
  }

  /** Starts a server, and waits until it listens. */
  static async start(...options: ConstructorParameters<typeof ServerProcess>): Promise<ServerProcess> {
    const server = new ServerProcess(...options);
    server.url = (await server.whenReady()).url;
    return server;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  whenReady(): Promise<ReadyLine> {
    return withDeadline(this.#ready.promise, DEADLINE_MS, "a server that listens");
  }

  /** Resolves when its log has a text. */
  async whenLogged(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watch = (): void => {
      if (this.log.includes(text)) resolve();
    };
    this.#watchers.add(watch);
    watch();
    await withDeadline(promise, DEADLINE_MS, `a log with ${text}`).finally(() => this.#watchers.delete(watch));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. @returns the exit code */
  whenEnded(): Promise<number | null> {
    return withDeadline(this.ended, DEADLINE_MS, "the end of a server");
  }

  async stop(): Promise<number | null> {
    this.signal("SIGTERM");
    return await this.whenEnded();
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.whenEnded();
  }
}

/** Runs another command of the command line to its end. */
export async function runCli(
  home: string,
  args: readonly string[],
  { input = "", environment = {} }: { readonly input?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<CliEnd> {
  const env = { ...process.env, KIRO_BRIDGE_HOME: home, ...environment };
  const child = spawn(process.execPath, [program, ...args], { env });
  child.stdin.end(input);
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const [code] = await withDeadline(once(child, "close"), DEADLINE_MS, "the end of a command");
  return { code, output, errors };
}
