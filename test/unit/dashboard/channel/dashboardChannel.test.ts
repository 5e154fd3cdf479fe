import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { silentLogger } from "../../../../src/base/logger.ts";
import { DashboardChannel } from "../../../../src/dashboard/channel/dashboardChannel.ts";
import { importedRun } from "../../../../src/dashboard/channel/runDetail.ts";
import { dashboardPushSchema, type ExecutionDetail } from "../../../../src/dashboard/contract/dashboard.ts";
import { socketReplySchema } from "../../../../src/protocol/socket.ts";
import { FakeBridge, FakeEditorActions } from "../../../support/dashboard/fakeBridge.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";
import { recordOf } from "../../../../src/history/executionRecord.ts";

describe("DashboardChannel", () => {
  let bridge: FakeBridge;
  let editorActions: FakeEditorActions;
  let posted: unknown[];
  let channel: DashboardChannel;

  beforeEach(() => {
    bridge = new FakeBridge();
    editorActions = new FakeEditorActions();
    posted = [];
    channel = new DashboardChannel({
      source: bridge,
      editorActions,
      post: (message) => posted.push(message),
      logger: silentLogger,
    });
  });
  afterEach(() => channel.dispose());

  async function ask(method: string, params?: unknown): Promise<{ result?: unknown; code?: string | undefined }> {
    await channel.receive({ id: 1, method, params });
    const { result, error } = socketReplySchema.parse(posted.pop());
    return { result, code: error?.code };
  }

  it("ignores messages that are not requests", async () => {
    for (const noise of [undefined, null, 1, "start", [], {}, { id: {}, method: "start" }, { method: "start" }]) {
      await channel.receive(noise);
    }
    assert.deepEqual(posted, []);
    assert.deepEqual(editorActions.done, []);
  });

  it("rejects methods that are not in its table, inherited ones included", async () => {
    for (const method of ["execute", "executeCommand", "token", "constructor", "__proto__", "toString", ""]) {
      assert.equal((await ask(method)).code, "VALIDATION_FAILED", method);
    }
  });

  it("rejects params that do not fit the method", async () => {
    const wrong: readonly (readonly [string, unknown])[] = [
      ["cancel", undefined],
      ["cancel", { executionId: 7 }],
      ["cancel", { executionId: "a", more: 1 }],
      ["start", { command: "workbench.action.quit" }],
      ["listExecutions", { limit: 100_000 }],
      ["input", { executionId: "a", value: "x" }],
      ["getExecution", { executionId: "x".repeat(101) }],
    ];
    for (const [method, params] of wrong) {
      assert.equal((await ask(method, params)).code, "VALIDATION_FAILED", `${method} ${JSON.stringify(params)}`);
    }
    assert.deepEqual(editorActions.done, []);
  });

  it("lets the host copy the token, and never sends it to the page", async () => {
    await bridge.core.catalog.refresh();
    const { id } = await bridge.core.dispatcher.submit({ command: "echo", args: [TEST_TOKEN] });
    await setImmediate();
    for (const method of ["copyToken", "copyCurl"]) await channel.receive({ id: 1, method, params: {} });
    await channel.receive({ id: 2, method: "exportRun", params: { executionId: id } });
    assert.deepEqual(editorActions.done.slice(0, 2), ["copyToken", "copyCurl"]);
    assert.ok(editorActions.done[2]?.startsWith(`${id}.json`), "the run goes to a file, not to the page");
    assert.deepEqual(
      posted.map((message) => socketReplySchema.parse(message).result),
      [undefined, undefined, { isSaved: true }],
    );
  });

  it("repeats a run on behalf of the user, and copies its output and its request without the token", async () => {
    await bridge.core.catalog.refresh();
    const { id, settled } = await bridge.core.dispatcher.submit({ command: "echo", args: ["it's"] });
    await settled;
    const { result } = await ask("runAgain", { executionId: id });
    const [again] = [...bridge.core.executions.all.values()].filter((execution) => execution.id !== id);
    assert.deepEqual(result, { executionId: again?.id });
    await again?.settled;
    const record = await bridge.core.history.get(again?.id ?? "");
    assert.deepEqual([record?.command, record?.args, record?.requestedBy?.origin], ["echo", ["it's"], "editor"]);
    await ask("copyRunOutput", { executionId: id });
    await ask("copyRunCurl", { executionId: id });
    const [output, curl = ""] = editorActions.done;
    assert.equal(output, "copy: it's");
    assert.match(curl, /Bearer [$%]TOKEN.*127\.0\.0\.1:3001\/api\/kiro\/execute/);
    assert.ok(!curl.includes(TEST_TOKEN));
  });

  it("rejects a curl command that is too long for a shell", async () => {
    const { id } = await bridge.core.dispatcher.submit({ command: "echo", args: ["x".repeat(200_000)] });
    assert.equal((await ask("copyRunCurl", { executionId: id })).code, "PAYLOAD_TOO_LARGE");
    assert.deepEqual(editorActions.done, []);
  });

  it("cancels all runs, and asks first when there is more than one", async () => {
    bridge.agent.turn = (_task, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const submit = () => bridge.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Hi"], session: "a" });
    const runs = [await submit(), await submit(), await submit()];
    editorActions.isSure = false;
    assert.deepEqual((await ask("cancelAll")).result, { isDone: false });
    assert.deepEqual(editorActions.done, ["Cancel all 3 runs?"]);
    assert.deepEqual((await ask("queue")).result, { positions: { [runs[1]?.id ?? ""]: 0, [runs[2]?.id ?? ""]: 1 } });
    editorActions.isSure = true;
    assert.deepEqual((await ask("cancelAll")).result, { isDone: true });
    for (const run of runs) await run.settled;
    assert.deepEqual(
      runs.map((run) => run.startedAt === undefined),
      [false, true, true],
    );
    await submit();
    await ask("cancelAll");
    assert.equal(editorActions.done.length, 2, "one run is cancelled without a question");
  });

  it("cancels the runs of one window", async () => {
    const own = bridge.core.events.windowId;
    const { execution } = await bridge.core.history.getRun(
      (await bridge.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Hi"] })).id,
    );
    const runs = [own, "docs", "docs"].map((windowId, at) => ({ ...execution, id: `exec-${at}-1`, windowId }));
    const cancelled: string[] = [];
    bridge.override({
      active: () => runs,
      cancel: async (id) => {
        cancelled.push(id);
        return { status: "cancelled", how: "cooperative" };
      },
    });
    assert.deepEqual((await ask("cancelAll", { windowId: "docs" })).result, { isDone: true });
    assert.deepEqual(editorActions.done, ["Cancel all 2 runs?"]);
    assert.deepEqual(cancelled, ["exec-2-1", "exec-1-1"]);
  });

  it("sends the state and starts the bridge while it is off", async () => {
    bridge.switchOff("You stopped it.");
    const { result } = await ask("subscribe", {});
    assert.deepEqual(result, { state: bridge.state, eventId: 0 });
    await ask("start");
    assert.deepEqual(editorActions.done, ["start"]);
    assert.equal((await ask("cancel", { executionId: "a" })).code, "KIRO_UNAVAILABLE");
  });

  it("clears the history only when the user agrees", async () => {
    let cleared = 0;
    bridge.override({ clearHistory: async () => void cleared++ });
    editorActions.isSure = false;
    assert.deepEqual((await ask("clearHistory")).result, { isCleared: false });
    editorActions.isSure = true;
    assert.deepEqual((await ask("clearHistory")).result, { isCleared: true });
    assert.equal(cleared, 1);
  });

  it("shows a run that the palette has opened as soon as the page has subscribed", async () => {
    await bridge.core.catalog.refresh();
    const execution = await bridge.core.dispatcher.submit({ command: "echo", args: ["a"] });
    await execution.settled;
    channel.show(importedRun(await bridge.core.history.exportRun(execution.id)));
    assert.deepEqual(posted, []);
    await channel.receive({ id: 1, method: "subscribe", params: {} });
    const push = dashboardPushSchema.parse(posted[0]);
    assert.ok(push.type === "show" && push.detail.row.id === execution.id && push.detail.isImported === true);
  });

  it("shows a run with its secrets, and removes them from exports", async () => {
    const secret = ["sk-proj", "abcdefghijklmnop0123456789"].join("-");
    await bridge.core.catalog.refresh();
    const { id, settled } = await bridge.core.dispatcher.submit({ command: "echo", args: [secret] });
    await settled;
    assert.ok(JSON.stringify((await ask("getExecution", { executionId: id })).result).includes(secret));
    await ask("openOutput", { executionId: id });
    assert.deepEqual(editorActions.done, [`markdown: ${secret}`]);
    await ask("exportRun", { executionId: id });
    assert.ok(editorActions.done[1]?.includes("(hidden)") && !editorActions.done[1].includes(secret));
  });

  it("limits the detail of a run of any size", async () => {
    bridge.override({
      getRun: async () => ({
        execution: {
          id: "exec-1-1",
          command: "echo",
          args: Array.from({ length: 10_000 }, () => "x".repeat(1000)),
          params: [{ list: Array.from({ length: 100_000 }, (_, at) => `item ${at}`) }],
          startedAt: new Date().toISOString(),
          queuedAt: new Date().toISOString(),
          status: "completed",
          output: "x".repeat(4_000_000),
          target: "editor",
          windowId: "window-1",
        },
        events: Array.from({ length: 100_000 }, (_, at) => ({
          type: "command-queued",
          eventId: at + 1,
          timestamp: new Date().toISOString(),
          windowId: "window-1",
          executionId: "exec-1-1",
          command: "echo",
          position: at,
        })),
        versions: { bridge: "0.1.0", editor: "1.139.1", node: "24", platform: "linux" },
      }),
    });
    const { result } = await ask("getExecution", { executionId: "exec-1-1" });
    const detail = result as ExecutionDetail;
    assert.equal(detail.timeline.length, 500);
    assert.ok(detail.params?.startsWith('[{"list":["item 0"') && detail.params.length < 21_000);
    assert.ok(JSON.stringify(detail).length < 500_000);
  });

  it("opens a run from a file, and rejects any other file", async () => {
    editorActions.file = "{}";
    assert.equal((await ask("openRun")).code, "VALIDATION_FAILED");
    await bridge.core.catalog.refresh();
    const execution = await bridge.core.dispatcher.submit({ command: "echo", args: ["a"] });
    await execution.settled;
    const run = {
      format: "kiro-bridge-run",
      formatVersion: 1,
      exportedAt: new Date().toISOString(),
      versions: { bridge: "0.1.0", editor: "1.139.1", node: "24", platform: "linux" },
      execution: recordOf(execution),
      events: [
        ...bridge.core.events.read(0).events,
        { type: "of-the-future", eventId: 99, timestamp: new Date().toISOString(), windowId: "w" },
      ],
    };
    editorActions.file = JSON.stringify(run);
    const { result } = await ask("openRun");
    assert.equal(JSON.stringify(result).includes("isImported"), true);
    assert.equal(JSON.stringify(result).includes("of-the-future"), false);
  });
});
