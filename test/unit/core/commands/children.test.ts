import assert from "node:assert/strict";
import { type Caller, editorUser, owner, ownerProgram } from "../../../../src/core/access/principal.ts";
import type { Execution } from "../../../../src/core/executions/execution.ts";
import type { RunContext } from "../../../../src/core/ports.ts";
import { Policy } from "../../../../src/core/commands/policy.ts";
import { recordOf } from "../../../../src/history/executionRecord.ts";
import { BridgeError, type ErrorCode } from "../../../../src/protocol/errors.ts";
import { makeCore } from "../../../support/core.ts";
import { FakeAgent, FakeEditor } from "../../../support/fakePorts.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { HistoryWindows } from "../../../support/historyWindows.ts";

const isError = (code: ErrorCode, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof BridgeError && error.code === code, String(error));
  if (message !== undefined) assert.match(error.message, message);
  return true;
};

/** An agent whose turns last until the test or a cancellation ends them. */
class HeldAgent extends FakeAgent {
  readonly #ends = new Map<string, () => void>();
  readonly contexts = new Map<string, RunContext>();

  constructor() {
    super();
    this.turn = async (_task, context) => {
      const { promise, resolve } = Promise.withResolvers<"ended" | "aborted">();
      this.contexts.set(context.executionId, context);
      this.#ends.set(context.executionId, () => resolve("ended"));
      context.signal.addEventListener("abort", () => resolve("aborted"));
      const how = await promise;
      return how === "aborted" ? { kind: "cancelled", how: "cooperative" } : { kind: "completed", output: "done" };
    };
  }

  end({ id }: Execution): void {
    this.#ends.get(id)?.();
  }
}

function setUp(options: Parameters<typeof makeCore>[0] = {}) {
  const held: (() => void)[] = [];
  const editor = new FakeEditor({
    hold: () => new Promise<void>((resolve) => void held.push(resolve)),
    echo: (value) => value,
    "denied.it": () => "ran",
  });
  const agent = new HeldAgent();
  const core = makeCore({ editor, agent, policy: new Policy(["*"], ["denied.*"]), ...options });
  const { dispatcher } = core;
  return {
    ...core,
    agent,
    releaseAll: () => held.splice(0).forEach((release) => release()),
    prompt: (session: string, caller: Caller = ownerProgram) =>
      dispatcher.submit({ command: "kiro.cli.chat", args: ["hi"], session }, caller),
    child: (parent: Execution, command: string, fields: { args?: string[]; session?: string } = {}) =>
      dispatcher.submit({ command, args: ["x"], ...fields }, dispatcher.agentCaller(parent.id, "gpt")),
  };
}

describe("What an agent requests in an execution", () => {
  it("is an execution for the same principal, which names its parent and its agent", async () => {
    const principal = new FakePrincipals().add("app", { name: "App" });
    const { prompt, child, events, agent } = setUp();
    const parent = await prompt("a", { principal, via: "openai", program: "curl" });
    const own = await child(parent, "echo");
    await own.settled;
    const record = recordOf(own);
    assert.equal(record.status, "completed");
    assert.equal(record.parentId, parent.id);
    const requestedBy = {
      origin: "program",
      name: "gpt",
      principal: { id: "app", name: "App", kind: "client" },
      via: "agent",
    };
    assert.deepEqual(record.requestedBy, requestedBy);
    const [started] = events
      .read(0)
      .events.filter((event) => event.type === "command-started" && event.executionId === own.id);
    assert.ok(started?.type === "command-started");
    assert.equal(started.parentId, parent.id);
    assert.deepEqual(started.requestedBy, requestedBy);
    assert.equal(recordOf(parent).parentId, undefined);
    agent.end(parent);
    await parent.settled;
    assert.equal(parent.status, "completed");
  });

  it("is part of the trace of its parent", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const { prompt, child, dispatcher } = setUp();
    const parent = await prompt("a", { ...ownerProgram, traceparent });
    assert.equal((await child(parent, "echo")).traceparent, traceparent);
    assert.equal((await child(await prompt("b"), "echo")).traceparent, undefined);
    dispatcher.dispose();
  });

  it("names the execution that all began with, whatever the depth", async () => {
    const { prompt, child, dispatcher } = setUp();
    const first = await prompt("a");
    const second = await child(first, "kiro.cli.chat", { session: "b" });
    const third = await child(second, "kiro.cli.chat", { session: "c" });
    const rootIds = [first, second, third].map(({ rootId }) => rootId);
    assert.deepEqual(rootIds, [undefined, first.id, first.id]);
    dispatcher.dispose();
  });

  it("obeys the lists of commands, although the user in the editor has prompted it", async () => {
    const { prompt, child, dispatcher } = setUp();
    const parent = await prompt("a", editorUser);
    assert.deepEqual(dispatcher.agentCaller(parent.id, "gpt").principal, owner);
    await assert.rejects(child(parent, "denied.it"), isError("ACCESS_DENIED", /for programs/));
    assert.equal((await dispatcher.submit({ command: "denied.it" }, editorUser)).target, "editor");
    dispatcher.dispose();
  });

  it("does not count for the limit of running executions, and passes what waits for it", async () => {
    const principal = new FakePrincipals().add("one", { limits: { running: 1, queued: 1 } });
    const { prompt, child, dispatcher, releaseAll } = setUp({ lanes: { concurrency: 1, maxQueued: 5 } });
    const parent = await prompt("a", { principal, via: "http" });
    const other = await dispatcher.submit({ command: "hold" });
    const waiting = await dispatcher.submit({ command: "echo" }, { principal, via: "http" });
    const own = await child(parent, "echo");
    assert.equal(own.status, "queued");
    releaseAll();
    await Promise.all([other.settled, own.settled]);
    assert.equal(own.status, "completed");
    assert.equal(waiting.status, "queued");
    dispatcher.dispose();
  });

  it("is cancelled with its parent, whether it runs or waits", async () => {
    const { prompt, child, dispatcher } = setUp({ lanes: { concurrency: 1, maxQueued: 5 } });
    const parent = await prompt("a");
    const running = await child(parent, "kiro.cli.chat", { session: "b" });
    const inEditor = await child(parent, "hold");
    const queued = await child(parent, "echo");
    assert.deepEqual([running.status, inEditor.status, queued.status], ["running", "running", "queued"]);
    await dispatcher.cancel(parent.id);
    await Promise.all([running.settled, queued.settled]);
    assert.deepEqual([parent.status, running.status, queued.status], ["cancelled", "cancelled", "cancelled"]);
    // A command of the editor cannot be cancelled.
    assert.equal(inEditor.status, "running");
    assert.throws(() => dispatcher.agentCaller(parent.id, "gpt"), isError("CONFLICT"));
    dispatcher.dispose();
  });

  it("is cancelled when its parent ends without waiting for it", async () => {
    const { prompt, child, agent } = setUp();
    const parent = await prompt("a");
    const running = await child(parent, "kiro.cli.chat", { session: "b" });
    const grandchild = await child(running, "kiro.cli.chat", { session: "c" });
    agent.end(parent);
    await Promise.all([parent.settled, running.settled, grandchild.settled]);
    assert.deepEqual([parent.status, running.status, grandchild.status], ["completed", "cancelled", "cancelled"]);
  });

  it("is refused after the end of its parent, also if it was on its way", async () => {
    const { prompt, dispatcher, agent, child } = setUp();
    const parent = await prompt("a");
    const caller = dispatcher.agentCaller(parent.id, "gpt");
    agent.end(parent);
    await parent.settled;
    await assert.rejects(dispatcher.submit({ command: "echo" }, caller), isError("CONFLICT", /has ended/));
    const queued = await prompt("b").then(() => prompt("b"));
    await assert.rejects(async () => child(queued, "echo"), isError("CONFLICT", /has ended/));
    dispatcher.dispose();
  });

  it("cannot be a prompt to its own session, or to one that waits for it", async () => {
    const { prompt, child, agent, dispatcher } = setUp();
    const first = await prompt("a");
    await assert.rejects(child(first, "kiro.cli.chat", { session: "a" }), isError("CONFLICT", /own session/));
    const second = await prompt("b");
    const waiting = await child(first, "kiro.cli.chat", { session: "b" });
    assert.equal(waiting.status, "queued");
    await assert.rejects(child(second, "kiro.cli.chat", { session: "a" }), isError("CONFLICT", /wait forever/));
    const elsewhere = await child(second, "kiro.cli.chat", { session: "c" });
    await assert.rejects(child(elsewhere, "kiro.cli.chat", { session: "a" }), isError("CONFLICT", /wait forever/));
    agent.end(second);
    await second.settled;
    agent.end(first);
    await Promise.all([waiting.settled, first.settled]);
    dispatcher.dispose();
  });

  it("may wait for a session in which something else runs", async () => {
    const { prompt, child, agent } = setUp();
    const busy = await prompt("b");
    const parent = await prompt("a");
    const waiting = await child(parent, "kiro.cli.chat", { session: "b" });
    assert.equal(waiting.status, "queued");
    agent.end(busy);
    await busy.settled;
    await Promise.resolve();
    agent.end(waiting);
    await waiting.settled;
    assert.equal(waiting.status, "completed");
    agent.end(parent);
    await parent.settled;
  });

  it("has at most three ancestors and seven siblings at once", async () => {
    const { prompt, child, dispatcher } = setUp();
    const parent = await prompt("0");
    const chain = [parent];
    for (let depth = 1; depth <= 3; depth++) {
      chain.push(await child(chain[depth - 1] ?? parent, "kiro.cli.chat", { session: String(depth) }));
    }
    const last = chain.at(-1) ?? parent;
    await assert.rejects(child(last, "echo"), isError("CONFLICT", /limit/));
    for (let count = 2; count <= 8; count++) await child(parent, "hold");
    await assert.rejects(child(parent, "echo"), isError("RATE_LIMIT_EXCEEDED", /8 commands/));
    dispatcher.dispose();
  });
});

describe("The list of what an agent has requested in an execution", () => {
  it("has it from memory and from the journal", async () => {
    const windows = await HistoryWindows.create();
    try {
      const agent = new HeldAgent();
      const core = await windows.open({ editor: new FakeEditor({ echo: (value) => value }), agent });
      const { dispatcher } = core;
      const before = await dispatcher.submit({ command: "echo", args: ["before"] });
      const parent = await dispatcher.submit({ command: "kiro.cli.chat", args: ["hi"] });
      const other = await dispatcher.submit({ command: "echo", args: ["other"] });
      const own: Execution[] = [];
      for (const text of ["1", "2"])
        own.push(await dispatcher.submit({ command: "echo", args: [text] }, dispatcher.agentCaller(parent.id, "gpt")));
      await Promise.all([before, other, ...own].map(({ settled }) => settled));
      agent.end(parent);
      await parent.settled;
      for (const { history } of [core, await windows.reopen(core)]) {
        const list = await history.list({ limit: 50, parentId: parent.id }, owner);
        assert.deepEqual(
          list.executions.map(({ args, parentId }) => ({ args, parentId })),
          [
            { args: ["2"], parentId: parent.id },
            { args: ["1"], parentId: parent.id },
          ],
        );
        assert.equal(list.nextCursor, undefined);
        assert.equal((await history.list({ limit: 50 }, owner)).executions.length, 5);
        const run = await history.getRun(own[0]?.id ?? "");
        assert.equal(run.events.find(({ type }) => type === "command-started")?.["parentId"], parent.id);
      }
    } finally {
      await windows.dispose();
    }
  });
});
