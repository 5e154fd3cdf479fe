import assert from "node:assert/strict";
import { owner } from "../../../src/core/access/principal.ts";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { executionSchema } from "../../../src/protocol/executions.ts";
import { runExportSchema } from "../../../src/protocol/runExport.ts";
import { makeCore } from "../../support/core.ts";
import { FakeAgent } from "../../support/fakePorts.ts";
import { firstArguments, HistoryWindows, nextMillisecond, runToEnd } from "../../support/historyWindows.ts";
import { recordOf } from "../../../src/history/executionRecord.ts";

const writer = join(import.meta.dirname, "../../fixtures/live/journalWriter.ts");

describe("The history", () => {
  let windows: HistoryWindows;
  const children: ChildProcess[] = [];

  const startWriter = async (runs: number): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [writer, windows.folder, String(runs)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    await once(child.stdout, "data");
    return child;
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };

  beforeEach(async () => {
    windows = await HistoryWindows.create();
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await windows.dispose();
  });

  it("survives the window: the records are the same as they were in memory", async () => {
    const first = await windows.open();
    for (const text of ["a", "b", "c"]) await runToEnd(first, "echo", text);
    const failing = await first.dispatcher.submit({ command: "fails", params: [{ a: [1, null] }] });
    await failing.settled;
    const before = await first.history.list({ limit: 100 }, owner);
    await windows.close(first);
    const second = await windows.open();
    assert.deepEqual(await second.history.list({ limit: 100 }, owner), before);
    assert.deepEqual(await second.history.get(failing.id), recordOf(failing));
    assert.equal(await second.history.get("exec-1-1"), undefined);
  });

  it("lists memory first and then the journal, each run once, newest first, in pages", async () => {
    const first = await windows.open();
    for (const text of ["1", "2", "3"]) await runToEnd(first, "echo", text);
    await windows.close(first);
    await nextMillisecond();
    const second = await windows.open();
    for (const text of ["4", "5"]) await runToEnd(second, "echo", text);
    const seen: (string | undefined)[] = [];
    let cursor: string | undefined;
    do {
      const page = await second.history.list({ limit: 2, ...(cursor !== undefined && { cursor }) }, owner);
      seen.push(...page.executions.map(({ args }) => args[0]));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    assert.deepEqual(seen, ["5", "4", "3", "2", "1"]);
  });

  it("can be searched and filtered", async () => {
    const core = await windows.open();
    await runToEnd(core, "echo", "find the Needle");
    await runToEnd(core, "echo", "hay");
    await (await core.dispatcher.submit({ command: "fails" })).settled;
    assert.deepEqual(await firstArguments(core, { search: "needle" }), ["find the Needle"]);
    assert.equal((await core.history.list({ limit: 10, status: "failed" }, owner)).executions[0]?.error, "broken");
    await windows.close(core);
    const later = await windows.open();
    assert.deepEqual(await firstArguments(later, { search: "needle" }), ["find the Needle"]);
    assert.equal((await later.history.list({ limit: 10, status: "failed" }, owner)).executions.length, 1);
  });

  it("is readable by its owner alone", async () => {
    const core = await windows.open();
    await runToEnd(core, "echo", "a");
    await core.journal?.flush();
    const [file = ""] = await windows.files();
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it("lists the runs of all windows in pages, also of those with ids from the same time", async () => {
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
    await mkdir(windows.folder);
    const lines = ids.map((id) => `${JSON.stringify({ t: "end", s: "completed", id, x: of(id) })}\n`);
    await writeFile(
      join(windows.folder, "1795000000000-1.jsonl"),
      lines.filter((_line, index) => index % 2 === 0).join(""),
    );
    await writeFile(
      join(windows.folder, "1795000000000-2.jsonl"),
      lines.filter((_line, index) => index % 2 === 1).join(""),
    );
    const core = await windows.open();
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await core.history.list({ limit: 1, ...(cursor !== undefined && { cursor }) }, owner);
      listed.push(...page.executions.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    assert.deepEqual(listed, ids);
    assert.equal((await core.history.get("exec-1795000000000-1"))?.windowId, "exec-1795000000000-1");
  });

  it("ignores a torn last line, and lines of a later version", async () => {
    const first = await windows.open();
    await runToEnd(first, "echo", "a");
    await windows.close(first);
    const [file = ""] = await windows.files();
    await appendFile(
      file,
      '{"t":"later","what":1}\n{"t":"end","s":"completed","id":"exec-1795000000000-1","x":{"id":"exe',
    );
    await nextMillisecond();
    const second = await windows.open();
    await runToEnd(second, "echo", "b");
    assert.deepEqual(await firstArguments(second), ["b", "a"]);
    await writeFile(join(windows.folder, "1795000000000-1.jsonl"), Buffer.alloc(3_000_000));
    await writeFile(join(windows.folder, "notes.txt"), "not ours");
    assert.deepEqual(await firstArguments(second), ["b", "a"]);
  });

  it("is shared by several windows, whose files do not touch each other", async () => {
    const [one, two] = [await windows.open(), await windows.open()];
    await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        Promise.all([runToEnd(one, "echo", `one ${at}`), runToEnd(two, "echo", `two ${at}`)]),
      ),
    );
    await Promise.all([one.journal?.flush(), two.journal?.flush()]);
    assert.equal((await windows.files()).length, 2);
    for (const file of await windows.files()) {
      const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
      for (const line of lines) JSON.parse(line);
      const texts = new Set([...lines.join("").matchAll(/"(one|two) \d+"/g)].map((match) => match[1]));
      assert.equal(texts.size, 1);
    }
  });

  it("is empty after it was cleared, for other windows too, and records again", async () => {
    const [one, two] = [await windows.open(), await windows.open()];
    await runToEnd(one, "echo", "a");
    await runToEnd(two, "echo", "b");
    await two.journal?.flush();
    await one.history.clear();
    assert.deepEqual(await firstArguments(one), []);
    await runToEnd(one, "echo", "c");
    await runToEnd(two, "echo", "d");
    await two.journal?.flush();
    assert.deepEqual(new Set(await firstArguments(one)), new Set(["c", "d"]));
    const written = await windows.text();
    assert.deepEqual(
      ["a", "b", "c", "d"].filter((text) => written.includes(`"${text}"`)),
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
    const first = await windows.open({ agent });
    const execution = await first.dispatcher.submit({ command: "kiro.cli.chat", args: ["password=hunter22", "plain"] });
    await execution.settled;
    const exports = [await first.history.exportRun(execution.id)];
    await windows.close(first);
    exports.push(await (await windows.open()).history.exportRun(execution.id));
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
    await assert.rejects((await windows.open()).history.exportRun("exec-1-1"), { code: "NOT_FOUND" });
  });

  it("marks runs that a stop ended as interrupted, in memory and in the files", async () => {
    const agent = new FakeAgent();
    agent.turn = (_task, context) => {
      context.output("half an ans");
      return new Promise((_resolve, reject) =>
        context.signal.addEventListener("abort", () => reject(context.signal.reason)),
      );
    };
    const first = await windows.open({ agent });
    const { id } = await first.dispatcher.submit({ command: "kiro.cli.chat", args: ["a"] });
    await first.dispatcher.submit({ command: "kiro.cli.chat", args: ["b"] });
    await windows.close(first);
    assert.deepEqual(await firstArguments(first, { status: "interrupted" }), ["b", "a"]);
    const second = await windows.open();
    assert.deepEqual(await firstArguments(second, { status: "interrupted" }), ["b", "a"]);
    assert.deepEqual(await firstArguments(second, { status: "failed" }), []);
    const record = await second.history.get(id);
    assert.deepEqual(
      [record?.status, record?.code, record?.output],
      ["interrupted", "KIRO_UNAVAILABLE", "half an ans"],
    );
    assert.match(record?.error ?? "", /bridge was stopped/);
  });

  it("marks running executions of a killed window as interrupted, and loses nothing else", async () => {
    const child = await startWriter(100);
    await kill(child);
    const core = await windows.open();
    const { executions } = await core.history.list({ limit: 200 }, owner);
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
    for (const { error } of interrupted) assert.match(error ?? "", /window closed before/);
    assert.equal((await core.history.list({ limit: 200, status: "interrupted" }, owner)).executions.length, 3);
    assert.equal((await core.history.list({ limit: 200, status: "running" }, owner)).executions.length, 0);
  });

  it("does not change running executions of another window", async () => {
    const child = await startWriter(0);
    const core = await windows.open();
    const { executions } = await core.history.list({ limit: 10 }, owner);
    assert.deepEqual(
      executions.map(({ status }) => status),
      ["waiting-input", "queued", "running"],
    );
    await kill(child);
    assert.equal((await core.history.list({ limit: 10, status: "interrupted" }, owner)).executions.length, 3);
  });

  it("serves GET /api/kiro/executions without a journal as well", async () => {
    const core = makeCore();
    await core.catalog.refresh();
    const id = await runToEnd(core, "echo", "a");
    assert.equal((await core.history.get(id))?.status, "completed");
    assert.equal((await core.history.list({ limit: 1 }, owner)).executions.length, 1);
    assert.equal((await core.history.exportRun(id)).events.length, 2);
    await core.history.clear();
    assert.equal(await core.history.get(id), undefined);
  });
});
