import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../../../src/base/logger.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { executionSchema } from "../../../src/protocol/executions.ts";
import type { JournalOptions } from "../../../src/core/journal.ts";
import { runExportSchema } from "../../../src/protocol/runExport.ts";
import { type Core, type CoreOptions, makeCore } from "../../support/core.ts";
import { FakeAgent, FakeEditor } from "../../support/fakePorts.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";

const writer = join(import.meta.dirname, "../../fixtures/live/journalWriter.ts");

describe("The history", () => {
  let folder: string;
  const cores: Core[] = [];
  const children: ChildProcess[] = [];

  /** A window with a journal in the folder. */
  const open = async (
    options: Omit<CoreOptions, "journal"> & { journal?: Partial<JournalOptions> } = {},
  ): Promise<Core> => {
    const editor = new FakeEditor({ echo: (value) => value, fails: () => Promise.reject(new Error("broken")) });
    const core = makeCore({ editor, ...options, journal: { folder, ...options.journal } });
    cores.push(core);
    await core.catalog.refresh();
    return core;
  };
  const close = async (core: Core): Promise<void> => {
    core.dispatcher.dispose();
    core.outputs.dispose();
    await core.journal?.dispose();
  };
  const run = async (core: Core, ...args: string[]): Promise<string> => {
    const execution = await core.dispatcher.submit({ command: "echo", args });
    await execution.settled;
    return execution.id;
  };
  const files = async () =>
    (await readdir(folder)).toSorted((a, b) => (a < b ? -1 : 1)).map((name) => join(folder, name));
  const commands = async (core: Core, query = {}) =>
    (await core.history.list({ limit: 100, ...query })).executions.map(({ args }) => args[0]);

  const startWriter = async (runs: number): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [writer, folder, String(runs)], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    await once(child.stdout, "data");
    return child;
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const core of cores.splice(0)) await close(core);
    await removeFolder(folder);
  });

  it("outlives the window: the records are the same as they were in memory", async () => {
    const first = await open();
    for (const text of ["a", "b", "c"]) await run(first, text);
    const failing = await first.dispatcher.submit({ command: "fails", params: [{ a: [1, null] }] });
    await failing.settled;
    const before = await first.history.list({ limit: 100 });
    await close(first);
    const second = await open();
    assert.deepEqual(await second.history.list({ limit: 100 }), before);
    assert.deepEqual(await second.history.get(failing.id), failing.record());
    assert.equal(await second.history.get("exec-1-1"), undefined);
  });

  it("is memory first and the journal behind it, each run once, newest first, page by page", async () => {
    const first = await open();
    for (const text of ["1", "2", "3"]) await run(first, text);
    await close(first);
    const second = await open();
    for (const text of ["4", "5"]) await run(second, text);
    const seen: (string | undefined)[] = [];
    let cursor: string | undefined;
    do {
      const page = await second.history.list({ limit: 2, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.executions.map(({ args }) => args[0]));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    assert.deepEqual(seen, ["5", "4", "3", "2", "1"]);
  });

  it("can be searched and filtered", async () => {
    const core = await open();
    await run(core, "find the Needle");
    await run(core, "hay");
    await (await core.dispatcher.submit({ command: "fails" })).settled;
    assert.deepEqual(await commands(core, { search: "needle" }), ["find the Needle"]);
    assert.equal((await core.history.list({ limit: 10, status: "failed" })).executions[0]?.error, "broken");
    await close(core);
    const later = await open();
    assert.deepEqual(await commands(later, { search: "needle" }), ["find the Needle"]);
    assert.equal((await later.history.list({ limit: 10, status: "failed" })).executions.length, 1);
  });

  it("is readable by its owner alone", async () => {
    const core = await open();
    await run(core, "a");
    await core.journal?.flush();
    const [file = ""] = await files();
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it("keeps metadata only when it is told to", async () => {
    const core = await open({ journal: { storesOutput: false } });
    const execution = await core.dispatcher.submit({ command: "echo", params: ["a secret"] });
    await execution.settled;
    await core.journal?.flush();
    const texts = await Promise.all((await files()).map((file) => readFile(file, "utf8")));
    assert.equal(texts.length, 1);
    assert.ok(!texts.join("").includes("a secret"));
    await close(core);
    const record = await (await open()).history.get(execution.id);
    assert.deepEqual(
      { status: record?.status, output: record?.output, omitted: record?.contentOmitted },
      { status: "completed", output: "", omitted: true },
    );
  });

  it("lists the runs of all windows page by page, also of those that counted at the same time", async () => {
    const time = "2026-11-20T09:00:00.000Z";
    const of = (id: string) => ({
      id,
      command: "echo",
      args: [id],
      startedAt: time,
      completedAt: time,
      status: "completed",
      output: "",
      target: "editor",
      queuedAt: time,
      windowId: id,
    });
    const ids = ["exec-1795000000000-2-bbbbbb", "exec-1795000000000-1", "exec-1795000000000-1-aaaaaa"];
    ids.push("exec-1795000000000-1-bbbbbb", "exec-1794999999999-7");
    const lines = ids.map((id) => `${JSON.stringify({ t: "end", s: "completed", id, x: of(id) })}\n`);
    await writeFile(join(folder, "1795000000000-1.jsonl"), lines.filter((_line, index) => index % 2 === 0).join(""));
    await writeFile(join(folder, "1795000000000-2.jsonl"), lines.filter((_line, index) => index % 2 === 1).join(""));
    const core = await open();
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await core.history.list({ limit: 1, ...(cursor !== undefined && { cursor }) });
      listed.push(...page.executions.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    assert.deepEqual(listed, ids);
    assert.equal((await core.history.get("exec-1795000000000-1"))?.windowId, "exec-1795000000000-1");
  });

  it("takes a torn last line, and lines of a later version, for what they are: nothing", async () => {
    const first = await open();
    await run(first, "a");
    await close(first);
    const [file = ""] = await files();
    await appendFile(
      file,
      '{"t":"later","what":1}\n{"t":"end","s":"completed","id":"exec-1795000000000-1","x":{"id":"exe',
    );
    const second = await open();
    await run(second, "b");
    assert.deepEqual(await commands(second), ["b", "a"]);
    await writeFile(join(folder, "1795000000000-1.jsonl"), Buffer.alloc(3_000_000));
    await writeFile(join(folder, "notes.txt"), "not ours");
    assert.deepEqual(await commands(second), ["b", "a"]);
  });

  it("goes on in a new file behind a line that could not be written to its end", async () => {
    const told: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (text) => told.push(text) };
    await writeFile(join(folder, "occupied"), "");
    const core = await open({ journal: { folder: join(folder, "occupied"), logger } });
    await run(core, "a");
    await core.journal?.flush();
    await run(core, "b");
    await core.journal?.flush();
    assert.deepEqual(told, ["The history cannot be written"]);
    assert.deepEqual(await commands(core), ["b", "a"]);
  });

  it("is bounded in size, oldest first, and in age", async () => {
    const text = "x".repeat(100_000);
    const core = await open({ journal: { maxBytes: 3 * 1024 * 1024 } });
    for (let count = 0; count < 60; count++) await run(core, `${count} ${text}`);
    await core.journal?.flush();
    const sizes = await Promise.all((await files()).map(async (file) => (await stat(file)).size));
    assert.ok(sizes.length > 1);
    assert.ok(sizes.reduce((sum, size) => sum + size) < 5 * 1024 * 1024);
    await close(core);
    for (const file of await files()) await utimes(file, new Date(), new Date(Date.now() - 40 * 24 * 60 * 60 * 1000));
    const later = await open();
    assert.deepEqual(await commands(later), []);
    assert.equal((await files()).length, 1);
  });

  it("is shared by several windows, whose files do not touch each other", async () => {
    const [one, two] = [await open(), await open()];
    await Promise.all(
      Array.from({ length: 50 }, (_, at) => Promise.all([run(one, `one ${at}`), run(two, `two ${at}`)])),
    );
    await Promise.all([one.journal?.flush(), two.journal?.flush()]);
    assert.equal((await files()).length, 2);
    for (const file of await files()) {
      const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
      for (const line of lines) JSON.parse(line);
      const texts = new Set([...lines.join("").matchAll(/"(one|two) \d+"/g)].map((match) => match[1]));
      assert.equal(texts.size, 1);
    }
  });

  it("is empty after it was cleared, for other windows too, and goes on", async () => {
    const [one, two] = [await open(), await open()];
    await run(one, "a");
    await run(two, "b");
    await two.journal?.flush();
    await one.history.clear();
    assert.deepEqual(await commands(one), []);
    await run(one, "c");
    await run(two, "d");
    await two.journal?.flush();
    assert.deepEqual(await commands(one), ["d", "c"]);
    const texts = (await Promise.all((await files()).map((file) => readFile(file, "utf8")))).join("");
    assert.deepEqual(
      ["a", "b", "c", "d"].filter((text) => texts.includes(`"${text}"`)),
      ["c", "d"],
    );
  });

  it("exports one run with its steps, without secrets, in a form that can be read again", async () => {
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      context.output("the key is sk-proj-abcdefghijklmnop0123456789\n");
      context.toolCall({ toolCallId: "t1", title: "read", kind: "read" });
      return { kind: "completed", output: "Authorization: Bearer abcdef0123456789" };
    };
    const first = await open({ agent });
    const execution = await first.dispatcher.submit({ command: "kiro.cli.chat", args: ["password=hunter22", "plain"] });
    await execution.settled;
    const exports = [await first.history.exportRun(execution.id)];
    await close(first);
    exports.push(await (await open()).history.exportRun(execution.id));
    for (const exported of exports) {
      runExportSchema.parse(JSON.parse(JSON.stringify(exported)));
      assert.deepEqual(
        exported.events.map(({ type }) => type),
        ["command-started", "command-output", "tool-call", "command-completed"],
      );
      const text = JSON.stringify(exported);
      for (const secret of ["abcdefghijklmnop", "abcdef0123456789", "hunter22"])
        assert.ok(!text.includes(secret), secret);
      assert.ok(text.includes("plain"));
      assert.equal(exported.versions.bridge, "0.1.0");
    }
    assert.deepEqual(exports[0]?.events, exports[1]?.events);
    await assert.rejects((await open()).history.exportRun("exec-1-1"), { code: "NOT_FOUND" });
  });

  it("says interrupted of what a stop ended, in memory and in the files", async () => {
    const agent = new FakeAgent();
    agent.turn = (_task, context) => {
      context.output("half an ans");
      return new Promise((_resolve, reject) =>
        context.signal.addEventListener("abort", () => reject(context.signal.reason)),
      );
    };
    const first = await open({ agent });
    const { id } = await first.dispatcher.submit({ command: "kiro.cli.chat", args: ["a"] });
    await first.dispatcher.submit({ command: "kiro.cli.chat", args: ["b"] });
    await close(first);
    assert.deepEqual(await commands(first, { status: "interrupted" }), ["b", "a"]);
    const second = await open();
    assert.deepEqual(await commands(second, { status: "interrupted" }), ["b", "a"]);
    assert.deepEqual(await commands(second, { status: "failed" }), []);
    const record = await second.history.get(id);
    assert.deepEqual(
      [record?.status, record?.code, record?.output],
      ["interrupted", "KIRO_UNAVAILABLE", "half an ans"],
    );
    assert.match(record?.error ?? "", /bridge was stopped/);
  });

  it("says interrupted of what a killed window had under way, and loses nothing else", async () => {
    const child = await startWriter(100);
    await kill(child);
    const core = await open();
    const { executions } = await core.history.list({ limit: 200 });
    for (const record of executions) executionSchema.parse(record);
    const ended = executions.filter(({ status }) => status === "completed").map(({ output }) => output);
    assert.deepEqual(
      ended.toReversed(),
      Array.from({ length: 100 }, (_, at) => `run ${at}`),
    );
    const interrupted = executions.filter(({ status }) => status === "interrupted");
    assert.deepEqual(
      interrupted.map(({ args, output }) => [args[0], output]),
      [
        ["ask", ""],
        ["wait in line", ""],
        ["speak", "half an answer"],
      ],
    );
    for (const { error } of interrupted) assert.match(error ?? "", /window ended before/);
    assert.equal((await core.history.list({ limit: 200, status: "interrupted" })).executions.length, 3);
    assert.equal((await core.history.list({ limit: 200, status: "running" })).executions.length, 0);
  });

  it("leaves what another living window has under way alone", async () => {
    const child = await startWriter(0);
    const core = await open();
    const { executions } = await core.history.list({ limit: 10 });
    assert.deepEqual(
      executions.map(({ status }) => status),
      ["waiting-input", "queued", "running"],
    );
    await kill(child);
    assert.equal((await core.history.list({ limit: 10, status: "interrupted" })).executions.length, 3);
  });

  it("stands behind GET /api/kiro/executions without a journal as well", async () => {
    const core = makeCore();
    await core.catalog.refresh();
    const id = await run(core, "a");
    assert.equal((await core.history.get(id))?.status, "completed");
    assert.equal((await core.history.list({ limit: 1 })).executions.length, 1);
    assert.equal((await core.history.exportRun(id)).events.length, 2);
    await core.history.clear();
    assert.equal(await core.history.get(id), undefined);
  });
});
