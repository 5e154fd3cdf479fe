import assert from "node:assert/strict";
import { join } from "node:path";
import { type EventType, eventPayloads } from "../../../../src/protocol/events.ts";
import { executionSchema } from "../../../../src/protocol/executions.ts";
import type { Core } from "../../../support/core.ts";
import { FakeAgent, FakeEditor, FakeWindow } from "../../../support/fakePorts.ts";
import { HistoryWindows, listAll } from "../../../support/historyWindows.ts";

/** In every text that a caller, a command or the CLI can choose. */
const CONTENT = "plan-of-the-user";

describe("The journal without content", () => {
  let windows: HistoryWindows;

  beforeEach(async () => {
    windows = await HistoryWindows.create();
  });
  afterEach(() => windows.dispose());

  const open = (options: Parameters<HistoryWindows["open"]>[0] = {}): Promise<Core> =>
    windows.open({ ...options, journal: { storesOutput: false } });

  /** An editor and a CLI that say the content wherever they can. */
  const openTalkative = (): Promise<Core> => {
    const editor = new FakeEditor({
      "test.says": () => ({ deep: [CONTENT] }),
      "test.fails": () => Promise.reject(new Error(`cannot open ${CONTENT}`)),
      "test.hangs": () => new Promise(() => undefined),
    });
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      context.speaksIn("sess-1");
      context.output(CONTENT);
      context.output(CONTENT, "stderr");
      context.retract(3);
      context.toolCall({ toolCallId: CONTENT, title: CONTENT, kind: CONTENT, status: CONTENT });
      await context.ask({ prompt: CONTENT, inputType: "choice", choices: [CONTENT], safeAnswer: "no" });
      return { kind: "failed", error: CONTENT, code: "COMMAND_EXECUTION_FAILED", result: CONTENT };
    };
    return open({ editor, agent });
  };

  it("has no text of a caller, a command or the CLI", async () => {
    const core = await openTalkative();
    await (await core.dispatcher.submit({ command: "test.says", args: [CONTENT] })).settled;
    await (await core.dispatcher.submit({ command: "test.fails", params: [{ [CONTENT]: CONTENT }] })).settled;
    await (await core.dispatcher.submit({ command: `please read ${CONTENT}` })).settled;
    await (await core.dispatcher.submit({ command: CONTENT, args: [] })).settled;
    const prompt = { command: CONTENT, target: "cli", session: CONTENT } as const;
    const chat = await core.dispatcher.submit(prompt);
    await chat.answered;
    core.dispatcher.answer({ executionId: chat.id, type: "choice", value: CONTENT });
    await chat.settled;
    await core.dispatcher.submit({ command: "test.hangs", args: [CONTENT] });
    await core.dispatcher.submit({ command: `another ${CONTENT}` });
    await core.journal?.flush();
    const whileItRuns = await windows.text();
    await windows.close(core);
    const whenItHasEnded = await windows.text();
    assert.ok(whileItRuns.includes("(unknown command)") && whenItHasEnded.length > whileItRuns.length);
    assert.ok(!whileItRuns.includes(CONTENT) && !whenItHasEnded.includes(CONTENT));
  });

  it("has the command, its time, its duration and its status", async () => {
    const core = await openTalkative();
    for (const command of ["test.says", "test.fails", "summarise this"]) {
      await (await core.dispatcher.submit({ command })).settled;
    }
    const records = await listAll(await windows.reopen(core, { journal: { storesOutput: false } }));
    for (const record of records) {
      executionSchema.parse(record);
      assert.deepEqual([record.contentOmitted, record.args, record.output], [true, [], ""]);
      assert.ok(record.completedAt !== undefined && record.executionTimeMs !== undefined);
    }
    assert.deepEqual(
      records.map(({ command, status, code }) => [command, status, code]),
      [
        ["(unknown command)", "failed", "COMMAND_EXECUTION_FAILED"],
        ["test.fails", "failed", "COMMAND_EXECUTION_FAILED"],
        ["test.says", "completed", undefined],
      ],
    );
  });

  it("names an unlisted command once it has run", async () => {
    const editor = new FakeEditor({ "test.unlisted": () => 1 });
    const core = await open({ editor });
    editor.listCommands = async () => [];
    await core.catalog.refresh();
    const execution = core.executions.create({ kind: "command", command: "test.unlisted", args: [] }, "editor");
    execution.start();
    execution.finish({ kind: "completed", output: "1" });
    const [record] = await listAll(await windows.reopen(core, { journal: { storesOutput: false } }));
    assert.equal(record?.command, "test.unlisted");
  });

  it("does not name the folder in which a command ran", async () => {
    const window = new FakeWindow();
    window.folders = [join(windows.folder, "..")];
    const core = await open({ window });
    await core.journal?.flush();
    await (await core.dispatcher.submit({ command: "echo", workspacePath: windows.folder })).settled;
    await core.journal?.flush();
    const written = await windows.text();
    assert.ok(written.includes('"command":"echo"') && !written.includes(windows.folder));
  });

  it("has steps without their texts", async () => {
    const core = await openTalkative();
    const failed = await core.dispatcher.submit({ command: "test.fails" });
    await failed.settled;
    const stopped = await core.dispatcher.submit({ command: "kiro.cli.chat", args: [CONTENT] });
    await stopped.answered;
    const later = await windows.reopen(core, { journal: { storesOutput: false } });
    const steps: (readonly [type: string, ...more: unknown[]])[] = [];
    for (const { id } of [failed, stopped]) {
      const { events } = await later.history.getRun(id);
      for (const event of events) eventPayloads[event.type as EventType].parse(event);
      steps.push(
        ...events.map(({ type, errorCode, status, inputType }) => [type, errorCode ?? status ?? inputType] as const),
      );
    }
    assert.deepEqual(steps, [
      ["command-started", undefined],
      ["command-error", "COMMAND_EXECUTION_FAILED"],
      ["command-started", undefined],
      ["tool-call", undefined],
      ["user-input-required", "choice"],
      ["command-error", "KIRO_UNAVAILABLE"],
    ]);
    assert.equal((await later.history.getRun(stopped.id)).events.at(-1)?.["status"], "interrupted");
  });

  it("stays small however much a run outputs", async () => {
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      for (let step = 0; step < 30_000; step++) context.toolCall({ toolCallId: "t", title: "a title" });
      return { kind: "completed" };
    };
    const core = await open({ agent });
    await (await core.dispatcher.submit({ command: "kiro.cli.chat", args: ["hello"] })).settled;
    await core.journal?.flush();
    assert.ok((await windows.size()) < 1.1 * 1024 * 1024);
  });
});
