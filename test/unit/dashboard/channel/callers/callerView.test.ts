import assert from "node:assert/strict";
import type { Execution } from "../../../../../src/core/executions/execution.ts";
import type { Caller } from "../../../../../src/core/access/principal.ts";
import { dashboardDepsOf } from "../../../../../src/dashboard/channel/bridgeDeps.ts";
import type { DashboardDeps } from "../../../../../src/dashboard/channel/dashboardDeps.ts";
import { isBridgeError } from "../../../../../src/protocol/errors.ts";
import { FakeAgent } from "../../../../support/fakePorts.ts";
import { FakePrincipals } from "../../../../support/fakePrincipals.ts";
import { type LinkedBridges, startLinkedBridges } from "../../../../support/windows/linkedBridges.ts";

describe("A dashboard of a client, at an address of two windows", () => {
  let bridges: LinkedBridges;
  const agent = new FakeAgent();
  const clients = new FakePrincipals();
  const runner: Caller = { principal: clients.add("runner", { role: "ci" }), via: "websocket" };
  const other: Caller = { principal: clients.add("other", { role: "ci" }), via: "websocket" };
  const viewer: Caller = { principal: clients.add("viewer", { role: "viewer" }), via: "websocket" };
  const depsFor = (caller: Caller): DashboardDeps =>
    dashboardDepsOf({ ...bridges.owner.core, windows: bridges.windows }, undefined, caller);

  beforeEach(async () => {
    bridges = await startLinkedBridges({ member: { agent }, owner: { agent } });
    agent.turn = (_task, { signal }) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve({ kind: "cancelled", how: "cooperative" })),
      );
  });
  afterEach(() => bridges.dispose());

  async function prompt(where: "owner" | "member", caller: Caller): Promise<Execution> {
    const execution = await bridges[where].core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Hi"] }, caller);
    if (where === "member") bridges.windows.executions.set(execution.id, bridges.other);
    return execution;
  }

  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "none",
      (error: unknown) => (isBridgeError(error) ? error.code : String(error)),
    );

  it("shows the runs that the client may follow, and their places in the queue", async () => {
    const own = await prompt("owner", runner);
    const queued = await prompt("owner", other);
    const elsewhere = await prompt("member", other);
    const shown = (caller: Caller) =>
      depsFor(caller)
        .active()
        .map(({ id }) => id)
        .toSorted();
    assert.deepEqual(shown(runner), [own.id]);
    assert.deepEqual(shown(other), [queued.id, elsewhere.id].toSorted());
    assert.deepEqual(shown(viewer), [own.id, queued.id, elsewhere.id].toSorted());
    assert.equal((await depsFor(runner).queuePositions()).has(queued.id), false);
  });

  it("reads no run of others for a client that may read its own ones only, in no window", async () => {
    const own = await prompt("owner", runner);
    const elsewhere = await prompt("member", other);
    assert.equal((await depsFor(runner).getRun(own.id)).execution.id, own.id);
    assert.equal((await depsFor(viewer).getRun(elsewhere.id)).execution.id, elsewhere.id);
    for (const read of [depsFor(other).getRun(own.id), depsFor(other).exportRun(own.id)])
      assert.equal(await codeOf(read), "NOT_FOUND");
    assert.equal(await codeOf(depsFor(runner).getRun(elsewhere.id)), "NOT_FOUND");
  });

  it("lists and counts what others have run in the other window for a client that may read it only", async () => {
    await bridges.member.core.catalog.refresh();
    const { id, settled } = await bridges.member.core.dispatcher.submit({ command: "test.echo", args: ["a"] }, other);
    await settled;
    const listed = async (caller: Caller): Promise<string[]> =>
      (await depsFor(caller).listExecutions({ limit: 10 })).executions.map((record) => record.id);
    assert.deepEqual(await listed(runner), []);
    assert.deepEqual(await listed(other), [id]);
    assert.deepEqual(await listed(viewer), [id]);
    const named = async (caller: Caller): Promise<string[]> =>
      (await depsFor(caller).metrics()).commands.map(({ name }) => name);
    assert.deepEqual(await named(runner), []);
    assert.deepEqual(await named(viewer), ["test.echo"]);
  });

  it("cancels as the client: what it may not see does not exist, and what it may only see stays", async () => {
    const own = await prompt("owner", runner);
    assert.equal(await codeOf(depsFor(other).cancel(own.id)), "NOT_FOUND");
    assert.equal(await codeOf(depsFor(viewer).cancel(own.id)), "ACCESS_DENIED");
    assert.equal(own.isSettled, false);
    assert.equal(await codeOf(depsFor(runner).cancel(own.id)), "none");
    await own.settled;
    assert.equal(own.status, "cancelled");
  });

  it("requests as the client, whose scopes decide", async () => {
    const id = await depsFor(runner).submit({ command: "test.echo", args: ["a"] });
    assert.equal(bridges.owner.core.executions.get(id)?.requestedBy?.principal?.id, "runner");
    assert.equal(await codeOf(depsFor(viewer).submit({ command: "test.echo", args: ["a"] })), "ACCESS_DENIED");
  });
});
