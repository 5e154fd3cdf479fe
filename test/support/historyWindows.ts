import { readdir, readFile, stat } from "node:fs/promises";
import { owner } from "../../src/core/access/principal.ts";
import { join } from "node:path";
import type { JournalOptions } from "../../src/history/journal/journal.ts";
import type { ExecutionListQuery, ExecutionRecord } from "../../src/protocol/executions.ts";
import { type Core, type CoreOptions, makeCore } from "./core.ts";
import { FakeEditor } from "./fakePorts.ts";
import { removeFolder, temporaryFolder } from "./temporaryFolder.ts";
import { until } from "./until.ts";

type WindowOptions = Omit<CoreOptions, "journal"> & { readonly journal?: Partial<JournalOptions> };

/** Windows that share one history: cores with journals in one folder, which is removed with them. */
export class HistoryWindows {
  readonly folder: string;
  readonly #cores = new Set<Core>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<HistoryWindows> {
    return new HistoryWindows(join(await temporaryFolder(), "history"));
  }

  /** A window whose editor has `echo`, which gives its first argument, and `fails`. */
  async open({ journal, ...options }: WindowOptions = {}): Promise<Core> {
    const editor = new FakeEditor({ echo: (value) => value, fails: () => Promise.reject(new Error("broken")) });
    const core = makeCore({ editor, ...options, journal: { folder: this.folder, ...journal } });
    this.#cores.add(core);
    await core.catalog.refresh();
    return core;
  }

  /** As the bridge does when it is switched off. */
  async close(core: Core): Promise<void> {
    this.#cores.delete(core);
    core.dispatcher.dispose();
    core.outputs.dispose();
    await core.journal?.dispose();
  }

  /** Closes the window and gives one that comes after it, with nothing in its memory. */
  async reopen(core: Core, options: WindowOptions = {}): Promise<Core> {
    await this.close(core);
    return this.open(options);
  }

  /** Paths, oldest first. */
  async files(folder = this.folder): Promise<string[]> {
    const names = await readdir(folder).catch(() => []);
    return names.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => join(folder, name));
  }

  /** All that is written, of all windows. */
  async text(): Promise<string> {
    return (await Promise.all((await this.files()).map((file) => readFile(file, "utf8")))).join("");
  }

  /** In bytes. */
  async size(folder = this.folder): Promise<number> {
    const sizes = await Promise.all((await this.files(folder)).map(async (file) => (await stat(file)).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async dispose(): Promise<void> {
    for (const core of this.#cores) await this.close(core);
    await removeFolder(join(this.folder, ".."));
  }
}

/** Between two windows the time alone says which run came first: none may begin in the millisecond of another. */
export async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  await until(() => Date.now() > now);
}

/** Runs a command to its end. @returns the id of the execution */
export async function runToEnd(core: Core, command: string, ...args: string[]): Promise<string> {
  const execution = await core.dispatcher.submit({ command, args });
  await execution.settled;
  return execution.id;
}

/** All pages of the list together. */
export async function listAll(core: Core, query: Partial<ExecutionListQuery> = {}): Promise<ExecutionRecord[]> {
  const all: ExecutionRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await core.history.list({ limit: 500, ...query, ...(cursor !== undefined && { cursor }) }, owner);
    all.push(...page.executions);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return all;
}

export async function firstArguments(
  core: Core,
  query: Partial<ExecutionListQuery> = {},
): Promise<(string | undefined)[]> {
  return (await listAll(core, query)).map(({ args }) => args[0]);
}
