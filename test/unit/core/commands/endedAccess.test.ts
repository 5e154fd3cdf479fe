import assert from "node:assert/strict";
import { type Caller, ownerProgram, type Principal } from "../../../../src/core/access/principal.ts";
import type { Question } from "../../../../src/core/ports.ts";
import { makeCore } from "../../../support/core.ts";
import { FakeAgent, FakeEditor } from "../../../support/fakePorts.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";

const by = (principal: Principal): Caller => ({ principal, via: "http" });
const question: Question = { prompt: "May I?", inputType: "confirmation", safeAnswer: "no" };

describe("Dispatcher, when the access of a principal ends", () => {
  const principals = new FakePrincipals();
  const held = Promise.withResolvers<string>();
  const editor = new FakeEditor({ hold: () => held.promise, echo: (value) => value });
  let agent: FakeAgent;
  let core: ReturnType<typeof makeCore>;

  beforeEach(() => {
    agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      const answer = await context.ask(question).catch(() => undefined);
      return context.signal.aborted
        ? { kind: "cancelled", how: "cooperative" }
        : { kind: "completed", output: answer ?? "" };
    };
    core = makeCore({ editor, agent, lanes: { concurrency: 1, maxQueued: 100 } });
  });

  afterEach(() => core.dispatcher.dispose());

  it("rejects its queued commands at once, cancels its prompts, and closes their questions", async () => {
    const { dispatcher, inputs } = core;
    const ci = principals.add("ci", { scopes: ["commands:run", "agents:prompt", "inputs:answer:own"] });
    const prompt = await dispatcher.submit({ command: "kiro.cli.chat" }, by(ci));
    await prompt.answered;
    assert.equal(inputs.openCount, 1);
    await dispatcher.submit({ command: "hold" }, ownerProgram);
    const queued = await dispatcher.submit({ command: "echo" }, by(ci));
    principals.end(ci);
    dispatcher.endInactive();
    assert.deepEqual([queued.status, queued.failure?.code], ["failed", "AUTHENTICATION_FAILED"]);
    assert.equal(queued.startedAt, undefined);
    await prompt.settled;
    assert.deepEqual([prompt.status, prompt.pendingInput, inputs.openCount], ["cancelled", undefined, 0]);
    const late = { executionId: prompt.id, value: "yes", type: "confirmation" } as const;
    assert.throws(() => dispatcher.answer(late, ownerProgram), { code: "CONFLICT" });
  });

  it("lets a running editor command end, which cannot be cancelled, and what others have requested", async () => {
    const { dispatcher } = core;
    const ci = principals.add("ci");
    const other = principals.add("other");
    const running = await dispatcher.submit({ command: "hold" }, by(ci));
    const waiting = await dispatcher.submit({ command: "echo" }, by(other));
    principals.end(ci);
    dispatcher.endInactive();
    assert.deepEqual([running.status, waiting.status], ["running", "queued"]);
    held.resolve("held");
    await Promise.all([running.settled, waiting.settled]);
    assert.deepEqual([running.status, waiting.status], ["completed", "completed"]);
  });

  it("rejects a queued command before it would start, even if nothing has reported the end", async () => {
    const { dispatcher } = core;
    const ci = principals.add("ci");
    const gate = Promise.withResolvers<void>();
    editor.commands.set("gate", () => gate.promise);
    editor.commands.set("forbidden", () => assert.fail("it ran"));
    await dispatcher.submit({ command: "gate" }, ownerProgram);
    const queued = await dispatcher.submit({ command: "forbidden" }, by(ci));
    principals.end(ci);
    gate.resolve();
    await queued.settled;
    assert.deepEqual([queued.status, queued.failure?.code], ["failed", "AUTHENTICATION_FAILED"]);
  });
});
