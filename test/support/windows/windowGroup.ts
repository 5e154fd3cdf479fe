import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { type Answer, type Call, callPort } from "../httpClient.ts";
import { freePort } from "../programs/freePort.ts";
import { TEST_TOKEN } from "../testBridge.ts";
import type { AddressReport } from "./windowOptions.ts";
import { WindowProcess, type WindowProcessOptions } from "./windowProcess.ts";

const answerSchema = z.looseObject({
  status: z.string().optional(),
  code: z.string().optional(),
  output: z.string().optional(),
  executionId: z.string().optional(),
});

/** A response to an execute, or the reason why there is none. */
export type Sent =
  | { readonly kind: "answer"; readonly httpStatus: number; readonly body: z.infer<typeof answerSchema> }
  | { readonly kind: "no-answer"; readonly error: unknown };

/** Several windows of one user, each a process, that want the same port. */
export class WindowGroup {
  readonly folder: string;
  readonly port: number;
  readonly #windows: WindowProcess[] = [];

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  static async create(): Promise<WindowGroup> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "kiro-bridge-windows-")));
    return new WindowGroup(folder, await freePort());
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get discovery(): string {
    return join(this.folder, "home");
  }

  /** The open folder of a window. */
  folderOf(id: string): string {
    return join(this.folder, id);
  }

  /** Opens a window without waiting until its bridge is on. */
  async open(id: string, options: Partial<WindowProcessOptions> = {}): Promise<WindowProcess> {
    await mkdir(this.folderOf(id), { recursive: true });
    const { port, discovery } = this;
    const window = new WindowProcess({ id, port, discovery, folders: [this.folderOf(id)], ...options });
    this.#windows.push(window);
    return window;
  }

  async start(id: string, options: Partial<WindowProcessOptions> = {}): Promise<WindowProcess> {
    const window = await this.open(id, options);
    await window.whenReady();
    return window;
  }

  /** Waits until one of these windows owns the address and all of them share it. @returns the owner */
  async settled(windows: readonly WindowProcess[]): Promise<WindowProcess> {
    const isSettled = ({ role, windows: count }: AddressReport): boolean =>
      (role === "owner" || role === "member") && count === windows.length;
    // One of them may have lost its role while the others were awaited.
    do await Promise.all(windows.map((window) => window.whenAddress(isSettled)));
    while (!windows.every(({ address }) => address !== undefined && isSettled(address)));
    const owners = windows.filter(({ address }) => address?.role === "owner");
    const [owner] = owners;
    if (owner === undefined || owners.length > 1) throw new Error(`${owners.length} windows own the address`);
    return owner;
  }

  /** Sends an execute. Never rejects. */
  async execute(body: object, headers: Record<string, string> = {}, url = this.url): Promise<Sent> {
    try {
      const response = await fetch(`${url}/api/kiro/execute`, {
        method: "POST",
        headers: { authorization: `Bearer ${TEST_TOKEN}`, "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
      return { kind: "answer", httpStatus: response.status, body: answerSchema.parse(await response.json()) };
    } catch (error) {
      return { kind: "no-answer", error };
    }
  }

  /** Sends a request with the token. @returns undefined if there is no response */
  async call(path: string, { headers = {}, ...call }: Call = {}, port = this.port): Promise<Answer | undefined> {
    const authorization = `Bearer ${TEST_TOKEN}`;
    return callPort(port, path, { ...call, headers: { authorization, ...headers } }).catch(() => undefined);
  }

  /** Three windows that share the address. */
  async three(options: Partial<WindowProcessOptions> = {}): Promise<readonly WindowProcess[]> {
    const windows = await Promise.all(["a", "b", "c"].map((id) => this.start(id, options)));
    await this.settled(windows);
    return windows;
  }

  /** Returns true if the journal of the windows, which is written every 50 ms, has an execution. */
  async isInJournal(executionId: string): Promise<boolean> {
    const folder = join(this.discovery, "storage", "history");
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")));
    return files.some((text) => text.includes(executionId));
  }

  async get(path: string, url = this.url): Promise<unknown> {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${TEST_TOKEN}` } });
    return response.json();
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#windows.map((window) => window.kill()));
    await rm(this.folder, { recursive: true, force: true });
  }
}
