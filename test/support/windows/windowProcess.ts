import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type * as z from "zod";
import { systemClock } from "../../../src/base/clock.ts";
import { TEST_TOKEN } from "../testBridge.ts";
import { type AddressReport, type WindowOptions, windowReport } from "./windowOptions.ts";

/** Long enough for many windows on a busy machine. */
const DEADLINE_MS = 90_000;

const OWN_MAIN = join(import.meta.dirname, "windowMain.ts");

type Report = z.infer<typeof windowReport>;

export type WindowProcessOptions = Partial<WindowOptions> &
  Pick<WindowOptions, "id" | "port" | "discovery"> & {
    /** The program of the window, which may be that of another version. */
    readonly main?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly nodeArgs?: readonly string[];
  };

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

  constructor({ main = OWN_MAIN, env = {}, nodeArgs = [], ...given }: WindowProcessOptions) {
    const options: WindowOptions = {
      editor: "Fake Editor",
      folders: [],
      token: TEST_TOKEN,
      storage: join(given.discovery, "storage"),
      extension: "",
      ownCommands: [],
      isOff: false,
      isTrusted: true,
      hasKiroCli: false,
      settings: {},
      ...given,
    };
    this.id = options.id;
    this.discovery = options.discovery;
    const args = ["--no-warnings", "--expose-gc", ...nodeArgs, main, JSON.stringify(options)];
    this.#child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
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

  /** The latest report of its address, since its bridge was on. */
  get address(): AddressReport | undefined {
    return this.#sinceOff.findLast((report) => report.type === "address");
  }

  /** The ID of the window; another one each time that its bridge is switched on. */
  get currentId(): string {
    return this.#sinceOff.findLast((report) => report.type === "ready")?.windowId ?? this.id;
  }

  /** Number of roles that it has had, one after the other. */
  get roleChanges(): number {
    const roles = this.#reports.flatMap((report) => (report.type === "address" ? report.role : []));
    return roles.filter((role, at) => role !== roles[at - 1]).length;
  }

  async whenReady(): Promise<void> {
    await this.#until(() => this.#sinceOff.some(({ type }) => type === "ready") || undefined);
  }

  /** Switches its bridge off, and waits until that is done. */
  async off(): Promise<void> {
    const before = this.#reports.length;
    this.say("off");
    await this.#until(() => this.#reports.slice(before).some(({ type }) => type === "off") || undefined);
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
    const { user, system } = await this.#ask("cpu");
    return user + system;
  }

  /** What the process holds: kinds of resources, and bytes of the heap. */
  usage(): Promise<Extract<Report, { type: "usage" }>> {
    return this.#ask("usage");
  }

  say(line: "on" | "off" | "focus" | "reclaim" | "cpu" | "usage" | "end" | `token ${string}`): void {
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

  get #sinceOff(): readonly Report[] {
    return this.#reports.slice(this.#reports.findLastIndex(({ type }) => type === "off") + 1);
  }

  async #ask<T extends "cpu" | "usage">(what: T): Promise<Extract<Report, { type: T }>> {
    const before = this.#reports.length;
    const isWanted = (report: Report): report is Extract<Report, { type: T }> => report.type === what;
    this.say(what);
    return this.#until(() => this.#reports.slice(before).find(isWanted));
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
    const late = systemClock.after(DEADLINE_MS, () => {
      reject(new Error(`window ${this.id} is ${JSON.stringify(this.address)}, which nobody waits for: ${this.log}`));
    });
    return promise.finally(() => {
      void late.dispose();
      this.#watchers.delete(watch);
    });
  }
}
