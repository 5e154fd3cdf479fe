import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import type { RunContext } from "../../../../src/core/ports.ts";
import type { Core } from "../../../support/core.ts";
import { FakeAgent, FakeEditor } from "../../../support/fakePorts.ts";
import { HistoryWindows, runToEnd } from "../../../support/historyWindows.ts";
import { recordOf } from "../../../../src/history/executionRecord.ts";

const MEBI = 1024 * 1024;

describe("The text of a run in the journal", () => {
  let windows: HistoryWindows;

  beforeEach(async () => {
    windows = await HistoryWindows.create();
  });
  afterEach(() => windows.dispose());

  /** A window whose CLI does this, and whose editor has commands that answer large. */
  const open = async (turn: (context: RunContext) => Promise<string>): Promise<Core> => {
    let core: Core | undefined;
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => ({ kind: "completed", output: await turn(context) });
    const editor = new FakeEditor({
      text: () => "text-of-result".padEnd(3000, "."),
      value: () => ({ field: "value-of-result".padEnd(3000, ".") }),
      fails: () => Promise.reject(new Error("text-of-error".padEnd(3000, "."))),
      // Its start is written before its end is known.
      slow: async () => {
        await core?.journal?.flush();
        return "text-of-slow";
      },
    });
    core = await windows.open({ editor, agent });
    return core;
  };

  const occurrences = async (text: string): Promise<number> => (await windows.text()).split(text).length - 1;

  /** What a later window knows of a run. */
  const later = async (core: Core, id: string) => {
    const window = await windows.reopen(core);
    return { record: await window.history.get(id), ...(await window.history.getRun(id)) };
  };

  it("is stored once", async () => {
    const core = await open(async (context) => {
      context.output("first-chunk ");
      core.outputs.flush();
      await core.journal?.flush();
      context.output("second-chunk ");
      return "end-of-output";
    });
    const tasks = [
      { command: "kiro.cli.chat", args: ["text-of-prompt"] },
      { command: "text", args: ["an-argument"] },
      { command: "value", params: ["a-parameter"] },
      { command: "fails" },
      { command: "slow", args: ["slow-argument"] },
    ];
    for (const task of tasks) await (await core.dispatcher.submit(task)).settled;
    await core.journal?.flush();
    const texts = ["text-of-prompt", "first-chunk", "second-chunk", "end-of-output", "an-argument", "a-parameter"];
    for (const text of [...texts, "text-of-result", "value-of-result", "slow-argument", "text-of-slow"]) {
      assert.equal(await occurrences(text), 1, text);
    }
    // The message of an error and its value are different texts.
    assert.ok((await occurrences("text-of-error")) <= 2);
  });

  it("is read unchanged, whether it was written at once or in pieces", async () => {
    for (const isBitByBit of [false, true]) {
      const core = await open(async (context) => {
        const say = async (text: string): Promise<void> => {
          context.output(text);
          if (!isBitByBit) return;
          core.outputs.flush();
          await core.journal?.flush();
        };
        await say("one two ");
        context.output("on stderr", "stderr");
        await say("three");
        context.retract(5);
        await say("3 ");
        context.retract(100);
        await say("four ");
        context.toolCall({ toolCallId: "t1", title: "Reads", kind: "read", status: "completed" });
        await say("five ");
        return "six";
      });
      const tasks = [
        { command: "kiro.cli.chat", args: ["prompt"] },
        { command: "text", args: ["a", "b"] },
        { command: "value", params: [{ a: [1, null, "x"] }] },
        { command: "fails", params: [1] },
        { command: "slow", args: ["a"] },
        { command: "nothing of that name", args: ["a"] },
      ];
      const before: unknown[] = [];
      const ids: string[] = [];
      for (const task of tasks) {
        const execution = await core.dispatcher.submit(task);
        await execution.settled;
        before.push(await core.history.getRun(execution.id));
        ids.push(execution.id);
      }
      const window = await windows.reopen(core);
      for (const [at, id] of ids.entries()) assert.deepEqual(await window.history.getRun(id), before[at], id);
    }
  });

  it("is read unchanged, whatever happens to the files while it runs", async () => {
    const incidents = ["flush", "new file", "clear", "removed"] as const;
    // Each order of two incidents, with output before, between and behind.
    for (const first of incidents) {
      for (const second of incidents) {
        const core = await open(async (context) => {
          for (const incident of ["flush", first, second, "flush"] as const) {
            context.output(`before ${incident}, `);
            context.retract(2);
            core.outputs.flush();
            await happen(core, incident);
            context.output("; ");
          }
          return "end";
        });
        const execution = await core.dispatcher.submit({ command: "kiro.cli.chat", args: ["prompt"] });
        await execution.settled;
        const { record } = await later(core, execution.id);
        assert.deepEqual(record, recordOf(execution), `${first}, ${second}`);
        for (const file of await windows.files()) await rm(file);
      }
    }
  });

  async function happen(core: Core, incident: "flush" | "new file" | "clear" | "removed"): Promise<void> {
    if (incident === "flush") await core.journal?.flush();
    else if (incident === "clear") await core.history.clear();
    else if (incident === "removed") await rm(windows.folder, { recursive: true, force: true });
    else {
      // Fills the present file, which holds 5 MiB.
      for (let count = 0; count < 6; count++) await runToEnd(core, "echo", "x".repeat(MEBI));
      await core.journal?.flush();
    }
  }

  it("is the final text, also when a run retracts more than was truncated", async () => {
    const core = await open(async (context) => {
      for (const letter of ["a", "b", "c"]) {
        context.output(letter.repeat(MEBI / 2));
        core.outputs.flush();
      }
      context.retract(MEBI);
      return " and the end";
    });
    const execution = await core.dispatcher.submit({ command: "kiro.cli.chat", args: ["prompt"] });
    await execution.settled;
    const { record } = await later(core, execution.id);
    assert.equal(record?.output, `${"a".repeat(MEBI / 2)} and the end`);
    assert.deepEqual([record.outputTruncated, record.contentTruncated], [undefined, true]);
  });

  it("is the final text, also when retracted text has used up the limit", async () => {
    const core = await open(async (context) => {
      for (const letter of ["a", "b", "c"]) {
        context.output(letter.repeat(MEBI / 2));
        core.outputs.flush();
      }
      context.retract(1.5 * MEBI);
      core.outputs.flush();
      await core.journal?.flush();
      await happen(core, "removed");
      await happen(core, "new file");
      context.output("the only words");
      core.outputs.flush();
      await core.journal?.flush();
      return "";
    });
    const execution = await core.dispatcher.submit({ command: "kiro.cli.chat", args: ["prompt"] });
    await execution.settled;
    const { record } = await later(core, execution.id);
    assert.equal(record?.output, "the only words");
  });

  it("has a smaller limit in a small journal", async () => {
    const core = await windows.open({ journal: { maxBytes: MEBI } });
    const id = await runToEnd(core, "echo", "x".repeat(MEBI));
    await core.journal?.flush();
    assert.ok((await windows.size()) < MEBI / 20);
    const { record } = await later(core, id);
    assert.deepEqual([record?.outputTruncated, record?.contentTruncated], [true, true]);
    assert.match(record?.output ?? "", /^x{5000,22000}$/);
  });

  it("is limited for each run, in every field, and the record is marked as truncated", async () => {
    const long = "x".repeat(5 * MEBI);
    const runs: [name: string, task: { command: string; args?: string[]; params?: string[][] }][] = [
      ["command", { command: "y".repeat(900_000) }],
      ["arguments", { command: "echo", args: [long, "second"] }],
      ["many arguments", { command: "echo", args: Array.from({ length: 500_000 }, () => "x") }],
      ["parameters", { command: "echo", params: [["first"], [long]] }],
      ["prompt", { command: "kiro.cli.chat", args: [long] }],
      ["output", { command: "kiro.cli.chat", args: ["output"] }],
      ["steps", { command: "kiro.cli.chat", args: ["steps"] }],
      ["tools", { command: "kiro.cli.chat", args: ["tools"] }],
      ["error", { command: "kiro.cli.chat", args: ["error"] }],
    ];
    for (const [name, task] of runs) {
      const agent = new FakeAgent();
      if (name === "command") agent.commandOf = ({ command }) => command;
      agent.turn = async (_task, context) => {
        if (name === "prompt") await core.journal?.flush();
        if (name === "output") context.output(long);
        if (name === "steps") {
          for (let count = 0; count < 100_000; count++) {
            context.output(`${count},`);
            if (count % 5 === 0) core.outputs.flush();
          }
        }
        if (name === "tools")
          for (let count = 0; count < 100; count++) context.toolCall({ toolCallId: "t", title: long });
        if (name === "error") return { kind: "failed", error: long, code: "COMMAND_EXECUTION_FAILED", result: long };
        return { kind: "completed" };
      };
      const core = await windows.open({ agent, journal: { folder: `${windows.folder}-${name}` } });
      const execution = await core.dispatcher.submit(task);
      await execution.settled;
      const before = recordOf(execution);
      await windows.close(core);
      const size = await windows.size(`${windows.folder}-${name}`);
      assert.ok(size < 1.2 * MEBI, `${name}: ${size} bytes`);
      const window = await windows.open({ journal: { folder: `${windows.folder}-${name}` } });
      const { execution: record, events } = await window.history.getRun(execution.id);
      const length = JSON.stringify(record).length + JSON.stringify(events).length;
      assert.equal(record.contentTruncated, true, name);
      assert.ok(length < 3.5 * MEBI, `${name}: ${length}`);
      assert.ok(before.output.startsWith(record.output), name);
      assert.equal(record.outputTruncated === true, record.output.length < before.output.length, name);
      assert.ok(before.command.startsWith(record.command), name);
      assert.ok((before.args[0] ?? "").startsWith(record.args[0] ?? ""), name);
      assert.ok((before.error ?? "").startsWith(record.error ?? ""), name);
      assert.equal((await window.history.exportRun(execution.id)).execution.contentTruncated, true, name);
      await windows.close(window);
    }
  }).timeout(120_000);
});
