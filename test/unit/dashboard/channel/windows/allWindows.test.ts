import assert from "node:assert/strict";
import { dashboardDepsOf } from "../../../../../src/dashboard/channel/bridgeDeps.ts";
import type { DashboardDeps } from "../../../../../src/dashboard/channel/dashboardDeps.ts";
import type { Execution } from "../../../../../src/core/executions/execution.ts";
import { answerTo } from "../../../../../src/protocol/input.ts";
import { recordOf } from "../../../../../src/history/executionRecord.ts";
import { FakeAgent } from "../../../../support/fakePorts.ts";
import { type LinkedBridges, startLinkedBridges } from "../../../../support/windows/linkedBridges.ts";

const MEMBER = "member-window";

describe("depsOfAllWindows, with two bridges", () => {
  let bridges: LinkedBridges;
  let deps: DashboardDeps;
  const agent = new FakeAgent();

  beforeEach(async () => {
    bridges = await startLinkedBridges({ member: { agent } });
    deps = dashboardDepsOf({ ...bridges.owner.core, windows: bridges.windows });
    agent.turn = (_task, { signal }) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve({ kind: "cancelled", how: "cooperative" })),
      );
  });
  afterEach(() => bridges.dispose());

  async function run(where: "owner" | "member", text: string): Promise<Execution> {
    const execution = await bridges[where].core.dispatcher.submit({ command: "test.echo", args: [text] });
    await execution.settled;
    if (where === "member") bridges.windows.executions.set(execution.id, bridges.other);
    return execution;
  }

  /** Starts a prompt in the member's window, or queues it. */
  async function prompt(): Promise<Execution> {
    const execution = await bridges.member.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Hi"] });
    bridges.windows.executions.set(execution.id, bridges.other);
    return execution;
  }

  const ids = async (query: Parameters<DashboardDeps["listExecutions"]>[0]) =>
    (await deps.listExecutions(query)).executions.map(({ id }) => id);

  it("lists what is running in all windows, and what has ended, newest first", async () => {
    const first = await run("owner", "one");
    const second = await run("member", "two");
    const third = await run("owner", "three");
    const active = await prompt();
    assert.deepEqual(
      deps.active().map(({ id, windowId }) => [id, windowId]),
      [[active.id, MEMBER]],
    );
    const order = [first, second, third].map(({ id }) => id);
    assert.deepEqual((await ids({ limit: 10 })).toSorted(), order.toSorted());
    assert.deepEqual(await ids({ limit: 10, windowId: MEMBER }), [second.id]);
    assert.deepEqual(await ids({ limit: 10, windowId: "owner-window" }), [third.id, first.id]);
    assert.deepEqual(await ids({ limit: 10, search: "two" }), [second.id]);
  });

  it("reads a run of another window with its steps, and exports it with its secrets masked there", async () => {
    const secret = ["sk-proj", "abcdefghijklmnop0123456789"].join("-");
    const { id } = await run("member", secret);
    const { execution, events } = await deps.getRun(id);
    assert.deepEqual([execution.windowId, execution.output], [MEMBER, secret]);
    assert.ok(events.length > 0);
    const exported = JSON.stringify(await deps.exportRun(id));
    assert.ok(exported.includes("(hidden)") && !exported.includes(secret));
  });

  it("reports that no window has a run", async () => {
    await assert.rejects(deps.getRun("exec-1-1-none"), { code: "NOT_FOUND" });
    bridges.windows.executions.set("exec-1-1-none", bridges.other);
    await assert.rejects(deps.getRun("exec-1-1-none"), { code: "NOT_FOUND" });
  });

  it("cancels in the window of the run", async () => {
    const execution = await prompt();
    assert.equal((await deps.cancel(execution.id)).how, "cooperative");
    await execution.settled;
    assert.equal(execution.status, "cancelled");
  });

  it("answers a question in its window", async () => {
    const asked = Promise.withResolvers<void>();
    agent.turn = async (_task, context) => {
      const answer = context.ask({ prompt: "Name?", inputType: "text", safeAnswer: "nobody" });
      asked.resolve();
      return { kind: "completed", output: await answer };
    };
    const execution = await prompt();
    await asked.promise;
    const { pendingInput } = recordOf(execution);
    assert.ok(pendingInput !== undefined);
    await deps.answer(answerTo(execution.id, pendingInput, "Ada"));
    await execution.settled;
    assert.equal(recordOf(execution).output, "Ada");
    await assert.rejects(async () => deps.answer(answerTo(execution.id, pendingInput, "Ada")), { code: "CONFLICT" });
  });

  it("places queued runs of all windows in their queues", async () => {
    await prompt();
    const queued = await prompt();
    assert.deepEqual([...(await deps.queuePositions())], [[queued.id, 0]]);
  });

  it("runs a request in the window that it names, on behalf of the user", async () => {
    const id = await deps.submit({ command: "test.echo", args: ["again"], windowId: MEMBER });
    const execution = bridges.member.core.executions.get(id);
    assert.equal(execution?.requestedBy?.origin, "editor");
    const own = await deps.submit({ command: "test.echo", args: ["here"], windowId: "owner-window" });
    assert.ok(bridges.owner.core.executions.get(own) !== undefined);
  });

  it("runs a request of a closed window where its folder is open, else in the window of the dashboard", async () => {
    bridges.member.core.window.folders = ["/work/docs"];
    const request = { command: "test.echo", windowId: "closed" };
    const inFolder = await deps.submit({ ...request, workspacePath: "/work/docs" }).catch((error: unknown) => error);
    // The folder does not exist, which only its window can know.
    assert.match(String(inFolder), /\/work\/docs/);
    const here = await deps.submit(request);
    assert.ok(bridges.owner.core.executions.get(here) !== undefined);
    const ofMember = dashboardDepsOf({ ...bridges.owner.core, windows: bridges.windows }, MEMBER);
    const there = await ofMember.submit(request);
    assert.ok(bridges.member.core.executions.get(there) !== undefined);
  });

  it("adds up the metrics, or returns those of one window", async () => {
    await run("owner", "one");
    await run("member", "two");
    await run("member", "three");
    assert.equal((await deps.metrics()).executions.completed, 3);
    assert.equal((await deps.metrics(MEMBER)).executions.completed, 2);
    assert.equal((await deps.metrics("owner-window")).executions.completed, 1);
  });

  it("clears the history of all windows", async () => {
    await run("owner", "one");
    await run("member", "two");
    await deps.clearHistory();
    assert.deepEqual(await ids({ limit: 10 }), []);
    assert.equal(bridges.member.core.executions.all.size, 0);
  });

  it("leaves out a window that does not respond, and says so where it is needed", async () => {
    const { id } = await run("owner", "one");
    const lost = await run("member", "two");
    bridges.link.end();
    assert.deepEqual(await ids({ limit: 10 }), [id]);
    assert.equal((await deps.metrics()).executions.completed, 1);
    await assert.rejects(async () => deps.metrics(MEMBER), { code: "KIRO_UNAVAILABLE" });
    await assert.rejects(deps.getRun(lost.id), { code: "KIRO_UNAVAILABLE" });
    await assert.rejects(deps.cancel(lost.id), { code: "KIRO_UNAVAILABLE" });
    await assert.rejects(deps.submit({ command: "test.echo", windowId: MEMBER }), { code: "KIRO_UNAVAILABLE" });
    await assert.rejects(deps.clearHistory(), /One window does not respond/);
    assert.deepEqual(await ids({ limit: 10 }), []);
  });
});
