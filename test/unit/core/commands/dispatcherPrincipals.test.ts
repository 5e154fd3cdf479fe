import assert from "node:assert/strict";
import { type Caller, ownerProgram, type Principal } from "../../../../src/core/access/principal.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { makeCore } from "../../../support/core.ts";
import { FakeAgent, FakeEditor } from "../../../support/fakePorts.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";

/** An editor with a command that runs until the test releases it. */
function heldEditor() {
  const held: (() => void)[] = [];
  const editor = new FakeEditor({
    hold: () => new Promise<void>((resolve) => void held.push(resolve)),
    echo: (value) => value,
  });
  return { editor, releaseOne: () => held.shift()?.() };
}

const by = (principal: Principal): Caller => ({ principal, via: "http" });
const limitReached = (context: object) => (error: unknown) => {
  assert.ok(error instanceof BridgeError && error.code === "RATE_LIMIT_EXCEEDED");
  assert.deepEqual(error.context, context);
  return true;
};

describe("Dispatcher, principals that share a lane", () => {
  const principals = new FakePrincipals();
  const noisy = principals.add("noisy", { limits: { queued: 200 } });
  const quiet = principals.add("quiet");

  it("runs the one command of a principal next, although 100 of another one wait", async () => {
    const { editor, releaseOne } = heldEditor();
    const { dispatcher, events } = makeCore({ editor, lanes: { concurrency: 1, maxQueued: 100 } });
    const first = await dispatcher.submit({ command: "hold" }, by(noisy));
    for (let count = 0; count < 100; count++) await dispatcher.submit({ command: "echo" }, by(noisy));
    const only = await dispatcher.submit({ command: "echo" }, by(quiet));
    assert.equal(dispatcher.queuePositions().get(only.id), 0);
    const queued = events.read(0).events.findLast(({ type }) => type === "command-queued");
    assert.equal(queued?.type === "command-queued" && queued.position, 0);
    const next: string[] = [];
    events.onDidAppend((event) => event.type === "command-started" && next.push(event.executionId));
    releaseOne();
    await Promise.all([first.settled, only.settled]);
    assert.equal(next[0], only.id);
    dispatcher.dispose();
  });

  it("has room for a principal in a lane in which another one has filled its part of the queue", async () => {
    const { editor } = heldEditor();
    const { dispatcher } = makeCore({ editor, lanes: { concurrency: 1, maxQueued: 2 } });
    for (let count = 0; count < 3; count++) await dispatcher.submit({ command: "hold" }, by(noisy));
    await assert.rejects(dispatcher.submit({ command: "hold" }, by(noisy)), limitReached({ limit: 2, queued: 2 }));
    await dispatcher.submit({ command: "hold" }, by(quiet));
    await dispatcher.submit({ command: "hold" }, ownerProgram);
    dispatcher.dispose();
  });

  it("has a principal wait that runs as much as it may, in all lanes, and passes it over for others", async () => {
    const { editor, releaseOne } = heldEditor();
    const agent = new FakeAgent();
    const answer = Promise.withResolvers<void>();
    agent.turn = async () => {
      await answer.promise;
      return { kind: "completed" };
    };
    const { dispatcher } = makeCore({ editor, agent, lanes: { concurrency: 2, maxQueued: 100 } });
    const narrow = principals.add("narrow", { limits: { running: 1 } });
    const running = await dispatcher.submit({ command: "hold" }, by(narrow));
    const waiting = await dispatcher.submit({ command: "echo" }, by(narrow));
    const prompt = await dispatcher.submit({ command: "kiro.cli.chat" }, by(narrow));
    const passing = await dispatcher.submit({ command: "echo" }, by(quiet));
    await passing.settled;
    assert.deepEqual(
      [running, waiting, prompt].map(({ status }) => status),
      ["running", "queued", "queued"],
    );
    releaseOne();
    await waiting.settled;
    while (prompt.status === "queued") await new Promise(setImmediate);
    const last = await dispatcher.submit({ command: "echo" }, by(narrow));
    assert.deepEqual([prompt.status, last.status], ["running", "queued"]);
    answer.resolve();
    await last.settled;
    assert.deepEqual([prompt.status, last.status], ["completed", "completed"]);
  });

  it("rejects what would wait above the principal's limit, in all lanes, and accepts others", async () => {
    const { editor } = heldEditor();
    const agent = new FakeAgent();
    agent.turn = () => new Promise(() => undefined);
    const { dispatcher } = makeCore({ editor, agent, lanes: { concurrency: 1, maxQueued: 100 } });
    const small = principals.add("small", { limits: { queued: 2 } });
    await dispatcher.submit({ command: "hold" }, ownerProgram);
    await dispatcher.submit({ command: "kiro.cli.chat" }, by(small));
    const waiting = await dispatcher.submit({ command: "hold" }, by(small));
    await dispatcher.submit({ command: "kiro.cli.chat" }, by(small));
    const more = () => dispatcher.submit({ command: "hold" }, by(small));
    await assert.rejects(more(), limitReached({ limit: 2, queued: 2 }));
    await dispatcher.submit({ command: "hold" }, by(quiet));
    // Not queued, so not counted.
    await dispatcher.submit({ command: "kiro.cli.chat", session: "other" }, by(small));
    await dispatcher.cancel(waiting.id, by(small));
    await more();
    dispatcher.dispose();
  });
});

describe("Dispatcher, commands that a principal does not know", () => {
  it("names no command in an error or a check that the principal's own rules exclude", async () => {
    const editor = new FakeEditor({ "test.runAll": () => 1, "test.runSecret": () => 1 });
    const { dispatcher, catalog } = makeCore({ editor });
    await catalog.refresh();
    const ci = new FakePrincipals().add("ci", { commands: { allow: ["test.run*"], deny: ["*Secret"] } });
    for (const [command, expected] of [
      ["test.runAl", "Command 'test.runAl' not found. Did you mean 'test.runAll'?"],
      ["test.runSecre", "Command 'test.runSecre' not found."],
    ] as const) {
      const execution = await dispatcher.submit({ command }, by(ci));
      await execution.settled;
      assert.equal(execution.end.error, expected);
    }
    const { allowed, known } = dispatcher.check({ command: "test.runSecret" }, by(ci));
    assert.deepEqual([allowed, known], [false, false]);
  });
});
