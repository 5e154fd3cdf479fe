import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type * as z from "zod";
import { TEST_TOKEN } from "../testBridge.ts";
import { type AddressReport, type WindowOptions, windowReport } from "./windowOptions.ts";

type Report = z.infer<typeof windowReport>;

export type WindowProcessOptions = Partial<WindowOptions> & Pick<WindowOptions, "id" | "port" | "discovery">;

/** A window in a process of its own: a whole bridge, so that tests can stop and kill it. */
export class WindowProcess {
  readonly id: string;
  readonly discovery: string;
  readonly #child: ChildProcess;
  readonly #reports: Report[] = [];
  readonly #watchers = new Set<() => void>();
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** What it has logged. */
  log = "";
  #hasEnded = false;

  constructor(given: WindowProcessOptions) {
    const options: WindowOptions = {
      editor: "Fake Editor",
      folders: [],
      token: TEST_TOKEN,
      storage: join(given.discovery, "storage"),
      extension: "",
      ownCommands: [],
      settings: {},
      ...given,
    };
    this.id = options.id;
    this.discovery = options.discovery;
    const main = join(import.meta.dirname, "windowMain.ts");
    this.#child = spawn(process.execPath, ["--no-warnings", main, JSON.stringify(options)], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    this.#child.stdin?.on("error", () => undefined);
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on("line", (line) => this.#take(line));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#child.once("exit", () => {
      this.#hasEnded = true;
      for (const watch of this.#watchers) watch();
      resolve();
    });
  }

  /** Starts a window, and waits until its bridge is on. */
  static async start(options: WindowProcessOptions): Promise<WindowProcess> {
    const window = new WindowProcess(options);
    await window.whenReady();
    return window;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The latest report of its address. */
  get address(): AddressReport | undefined {
    return this.#reports.findLast((report) => report.type === "address");
  }

  async whenReady(): Promise<void> {
    await this.#until(() => this.#reports.some(({ type }) => type === "ready") || undefined);
  }

  /** Waits for a report of its address that is as wanted. */
  whenAddress(isWanted: (address: AddressReport) => boolean): Promise<AddressReport> {
    return this.#until(() => {
      const { address } = this;
      return address !== undefined && isWanted(address) ? address : undefined;
    });
  }

  /** The CPU time that the process has used, in microseconds. */
  async cpuTime(): Promise<number> {
    const before = this.#reports.length;
    this.say("cpu");
    return this.#until(() => {
      const found = this.#reports.slice(before).find((report) => report.type === "cpu");
      return found?.type === "cpu" ? found.user + found.system : undefined;
    });
  }

  say(line: "focus" | "reclaim" | "cpu"): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Sends a signal to this process only. */
  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  /** Closes the window in order. */
  async end(): Promise<void> {
    if (this.#hasEnded) return;
    this.signal("SIGCONT");
    this.#child.stdin?.end("end\n");
    await this.ended;
  }

  async kill(): Promise<void> {
    if (this.#hasEnded) return;
    this.signal("SIGKILL");
    await this.ended;
  }

  #take(line: string): void {
    this.#reports.push(windowReport.parse(JSON.parse(line)));
    for (const watch of this.#watchers) watch();
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const watch = (): void => {
      const found = look();
      if (found !== undefined) resolve(found);
      else if (this.#hasEnded) reject(new Error(`window ${this.id} has ended: ${this.log}`));
    };
    this.#watchers.add(watch);
    watch();
    return promise.finally(() => this.#watchers.delete(watch));
  }
}
