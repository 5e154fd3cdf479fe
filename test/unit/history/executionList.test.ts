import assert from "node:assert/strict";
import { owner } from "../../../src/core/access/principal.ts";
import { RunHistory } from "../../../src/history/runHistory.ts";
import { executionListSchema, type ExecutionRecord } from "../../../src/protocol/executions.ts";
import type { Core } from "../../support/core.ts";
import { cliCommands } from "../../../src/agents/kiro/kiroCli.ts";
import { FakeAgent, FakeEditor } from "../../support/fakePorts.ts";
import { leastHeldBytes } from "../../support/measures/heldBytes.ts";
import { firstArguments, HistoryWindows, listAll, runToEnd } from "../../support/historyWindows.ts";
import { turnsDuring } from "../../support/measures/turns.ts";
import { recordOf } from "../../../src/history/executionRecord.ts";
import { Redactor } from "../../../src/core/privacy/redactor.ts";

const MEBI = 1024 * 1024;
/** One page, in bytes of JSON, with its frame. */
const MAX_PAGE = 1.05 * MEBI;
const PREVIEW = 10_000;

/** What one execution costs in a list, without its texts. */
const FRAME = 1000;

describe("The list of executions", () => {
  let windows: HistoryWindows;

  beforeEach(async () => {
    windows = await HistoryWindows.create();
  });
  afterEach(() => windows.dispose());

  const open = (commands: ConstructorParameters<typeof FakeEditor>[0] = {}, agent = new FakeAgent()): Promise<Core> =>
    windows.open({ editor: new FakeEditor({ echo: (value) => value, ...commands }), agent });

  /** The list of a window, and of one that comes after it. */
  const inMemoryAndLater = async (core: Core, check: (core: Core, where: string) => Promise<void>): Promise<void> => {
    await check(core, "memory");
    await check(await windows.reopen(core), "journal");
  };

  it("returns small runs in full", async () => {
    const core = await open({ value: () => ({ a: [1, null] }) });
    const ids = [await runToEnd(core, "echo", "a"), await runToEnd(core, "value"), await runToEnd(core, "nothing")];
    const records = ids
      .map((id) => core.executions.get(id))
      .map((execution) => execution && recordOf(execution))
      .toReversed();
    await inMemoryAndLater(core, async ({ history }, where) =>
      assert.deepEqual(await history.list({ limit: 50 }, owner), { executions: records }, where),
    );
  });

  it("returns the beginning of each text of a large run, marked as truncated, and the whole by its id", async () => {
    const large = "x".repeat(100_000);
    const agent = new FakeAgent();
    agent.turn = async () => ({ kind: "failed", error: large, code: "COMMAND_EXECUTION_FAILED", result: large });
    agent.commandOf = (request) => (request.command === large ? large : cliCommands.commandOf(request));
    const core = await open({ value: () => ({ list: [large] }), many: () => "done" }, agent);
    const tasks = [
      { command: "echo", args: [large, "second"] },
      { command: "value", params: [{ a: large }, 2] },
      { command: "many", args: Array.from({ length: 50_000 }, () => "x") },
      { command: "kiro.cli.chat", args: [large] },
      { command: large },
    ];
    for (const task of tasks) await (await core.dispatcher.submit(task)).settled;
    await inMemoryAndLater(core, async ({ history }, where) => {
      const page = await history.list({ limit: 50 }, owner);
      executionListSchema.parse(page);
      assert.equal(page.executions.length, tasks.length, where);
      for (const shown of page.executions) {
        assert.ok(JSON.stringify(shown).length < PREVIEW + FRAME, where);
        assert.equal(shown.contentTruncated, true, where);
        assertBeginning(shown, await history.get(shown.id), where);
      }
    });
  });

  it("ends a page at its size limit, and continues on the next", async () => {
    const core = await open({ big: () => "x".repeat(9000) });
    for (let count = 0; count < 300; count++) await runToEnd(core, "big", `${count}`);
    await inMemoryAndLater(core, async ({ history }, where) => {
      const seen: (string | undefined)[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const page = await history.list({ limit: 500, ...(cursor !== undefined && { cursor }) }, owner);
        assert.ok(JSON.stringify(page).length < MAX_PAGE, where);
        seen.push(...page.executions.map(({ args }) => args[0]));
        cursor = page.nextCursor;
        pages++;
      } while (cursor !== undefined);
      assert.deepEqual(
        seen,
        Array.from({ length: 300 }, (_, at) => `${299 - at}`),
      );
      assert.ok(pages >= 3 && pages <= 6, `${pages} pages of ${where}`);
    });
  });

  it("does not retain the texts that it truncates", async () => {
    const core = await open({ big: () => "x".repeat(MEBI - 1000) });
    for (let count = 0; count < 40; count++) {
      await runToEnd(core, "big");
      await core.journal?.flush();
    }
    const later = await windows.reopen(core);
    await later.history.list({ limit: 1 }, owner);
    const before = await leastHeldBytes();
    const page = await later.history.list({ limit: 40 }, owner);
    const held = (await leastHeldBytes()) - before;
    assert.equal(page.executions.length, 40);
    assert.ok(held < 10 * MEBI, `${held} bytes`);
  });

  it("is searched in the whole text, ignoring case", async () => {
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      context.output("a part of the Nee");
      core.outputs.flush();
      context.output("dle is in each step");
      return { kind: "completed" };
    };
    const core = await open({ fails: () => Promise.reject(new Error(`${"x".repeat(10_000)}NEEDLE`)) }, agent);
    await runToEnd(core, "kiro.cli.chat", "steps");
    for (const at of [0, 20_000, 256 * 1024 - 3, 256 * 1024, 400_000, 500_000]) {
      await runToEnd(core, "echo", `${"x".repeat(at)}needle${"y".repeat(300)}`);
    }
    await runToEnd(core, "fails");
    await runToEnd(core, "echo", "hay");
    await inMemoryAndLater(core, async (window, where) => {
      assert.equal((await listAll(window, { search: "nEEdle" })).length, 8, where);
      assert.equal((await listAll(window, { search: "needles" })).length, 0, where);
    });
  });

  it("returns partial results when a search takes too long, and continues from there", async () => {
    const core = await open();
    for (let count = 0; count < 20; count++) await runToEnd(core, "echo", count % 10 === 3 ? `needle ${count}` : "hay");
    const { executions, events, journal } = core;
    const versions = { bridge: "", editor: "", node: "", platform: "" };
    const history = new RunHistory({ executions, events, journal, versions, redactor: new Redactor(), maxSearchMs: 0 });
    const impatient = { ...core, history };
    const first = await history.list({ limit: 10, search: "needle" }, owner);
    assert.equal(first.executions.length, 0);
    assert.equal(typeof first.nextCursor, "string");
    assert.deepEqual(await firstArguments(impatient, { search: "needle" }), ["needle 13", "needle 3"]);
  });

  it("yields while it is searched", async () => {
    const core = await open({ big: () => "x".repeat(8 * MEBI) });
    for (let count = 0; count < 6; count++) await runToEnd(core, "big");
    const turns = await turnsDuring(() => core.history.list({ limit: 10, search: "needle" }, owner));
    // 48 MiB take several turns of ten milliseconds on any machine.
    assert.ok(turns >= 3, `${turns} turns`);
  });
});

function assertBeginning(shown: ExecutionRecord, whole: ExecutionRecord | undefined, where: string): void {
  assert.ok(whole !== undefined, where);
  for (const name of ["command", "output", "error"] as const) {
    assert.ok((whole[name] ?? "").startsWith(shown[name] ?? ""), `${name} in ${where}`);
    assert.equal(shown[name] === undefined, whole[name] === undefined, `${name} in ${where}`);
  }
  assert.ok((whole.args[0] ?? "").startsWith(shown.args[0] ?? ""), where);
  assert.equal(shown.params === undefined, whole.params === undefined, where);
  assert.equal(shown.result === undefined, whole.result === undefined, where);
}
