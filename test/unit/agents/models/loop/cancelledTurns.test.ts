import assert from "node:assert/strict";
import type { TurnEnd } from "../../../../../src/agents/agent.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import { ModelFailure } from "../../../../../src/core/models/modelFailure.ts";
import { FakeTools, runsUntilCancelled } from "../../../../support/models/fakeTools.ts";
import { call, calls, hangs, says } from "../../../../support/models/scriptedWire.ts";
import { TestClock } from "../../../../support/testClock.ts";
import { until } from "../../../../support/until.ts";
import { forGood, ModelAgentRig, ToolTurn } from "./modelAgentRig.ts";

const cancelled: TurnEnd = { kind: "cancelled", how: "cooperative" };
const mark = { type: "text", text: "[The user has cancelled this turn.]" };

describe("A turn of a model that is cancelled", () => {
  let clock: TestClock | undefined;
  let cancellation: AbortController;
  beforeEach(() => (cancellation = new AbortController()));
  afterEach(() => {
    clock?.release();
    clock = undefined;
  });

  /** Prompts again, and checks that the model gets a whole conversation. */
  async function assertGoesOn(rig: ModelAgentRig): Promise<void> {
    rig.assertComplete();
    rig.wire.steps.push(says("I go on."));
    const turn = new ToolTurn();
    assert.equal((await rig.agent.prompt("Go on", turn, forGood)).kind, "ended");
    assert.equal(turn.stdout, "I go on.");
    rig.assertComplete();
  }

  it("before it was sent has not begun", async () => {
    const rig = new ModelAgentRig([]);
    cancellation.abort();
    const turn = new ToolTurn();
    assert.deepEqual(await rig.agent.prompt("Hi", turn, cancellation.signal), cancelled);
    assert.deepEqual([turn.hasBegun, rig.items.length, rig.wire.requests.length], [false, 0, 0]);
    await assertGoesOn(rig);
  });

  it("before the first word keeps its prompt", async () => {
    const rig = new ModelAgentRig([hangs()]);
    const end = rig.agent.prompt("Hi", new ToolTurn(), cancellation.signal);
    await until(() => rig.wire.requests.length === 1);
    cancellation.abort();
    assert.deepEqual(await end, cancelled);
    assert.deepEqual(rig.items.at(-1), { role: "assistant", parts: [mark] });
    await assertGoesOn(rig);
  });

  it("in the middle of a text keeps the text so far, also in its conversation", async () => {
    const rig = new ModelAgentRig([
      hangs([
        { type: "text", text: "Once upon " },
        { type: "text", text: "a time" },
      ]),
    ]);
    const turn = new ToolTurn();
    const end = rig.agent.prompt("Tell me a story", turn, cancellation.signal);
    await turn.heard("a time");
    cancellation.abort();
    assert.deepEqual(await end, cancelled);
    assert.equal(turn.stdout, "Once upon a time");
    assert.deepEqual(rig.items.at(-1), {
      role: "assistant",
      parts: [{ type: "text", text: "Once upon a time" }, mark],
    });
    await assertGoesOn(rig);
  });

  it("while the model writes a call does not run it", async () => {
    const tools = new FakeTools({ look: () => "a file" });
    const rig = new ModelAgentRig([
      hangs([
        { type: "text", text: "I look." },
        { type: "call-started", id: "a", name: "look" },
      ]),
    ]);
    const turn = new ToolTurn(tools);
    const end = rig.agent.prompt("Look", turn, cancellation.signal);
    await turn.heard("I look.");
    cancellation.abort();
    assert.deepEqual(await end, cancelled);
    assert.equal(tools.called.length, 0);
    await assertGoesOn(rig);
  });

  it("while tools run cancels them, and keeps the results that there are", async () => {
    const started = Promise.withResolvers<void>();
    const tools = new FakeTools({ fast: () => "fast", slow: runsUntilCancelled(() => started.resolve()) });
    const rig = new ModelAgentRig([calls([call("a", "slow"), call("b", "fast")])]);
    const end = rig.agent.prompt("Look", new ToolTurn(tools), cancellation.signal);
    await started.promise;
    cancellation.abort();
    assert.deepEqual(await end, cancelled);
    const results = rig.items.flatMap((item) => (item.role === "results" ? item.results : []));
    assert.deepEqual(
      results.map(({ content, isError }) => [content, isError]),
      [
        [[{ type: "text", text: "Cancelled before the call had a result. It may have been carried out." }], true],
        [[{ type: "text", text: "fast" }], false],
      ],
    );
    await assertGoesOn(rig);
  });

  it("does not wait for a tool that ignores it", async () => {
    clock = TestClock.stopped();
    const started = Promise.withResolvers<void>();
    const tools = new FakeTools({
      stuck: () => {
        started.resolve();
        return new Promise<string>(() => undefined);
      },
    });
    const rig = new ModelAgentRig([calls([call("a", "stuck")])]);
    const end = rig.agent.prompt("Look", new ToolTurn(tools), cancellation.signal);
    await started.promise;
    cancellation.abort();
    await new Promise(setImmediate);
    clock.pass(2000);
    assert.deepEqual(await end, cancelled);
    await assertGoesOn(rig);
  });

  it("does not wait for a wire that ignores it", async () => {
    const rig = new ModelAgentRig([
      async function* () {
        yield { type: "text", text: "Hm" };
        await new Promise(() => undefined);
      },
    ]);
    const turn = new ToolTurn();
    const end = rig.agent.prompt("Hi", turn, cancellation.signal);
    await turn.heard("Hm");
    cancellation.abort();
    assert.deepEqual(await end, cancelled);
    await assertGoesOn(rig);
  });

  it("while it waits to repeat a request does not repeat it", async () => {
    clock = TestClock.stopped();
    const rig = new ModelAgentRig([new ModelFailure("overloaded", "It is busy.")]);
    const turn = new ToolTurn();
    const end = rig.agent.prompt("Hi", turn, cancellation.signal);
    await until(() => turn.steps.length === 1);
    cancellation.abort();
    assert.deepEqual(await end, cancelled);
    assert.equal(rig.wire.requests.length, 1);
    await assertGoesOn(rig);
  });

  it("because its agent ends has ended before the agent has", async () => {
    const rig = new ModelAgentRig([hangs([{ type: "text", text: "Hm" }])]);
    const turn = new ToolTurn();
    const end = rig.agent.prompt("Hi", turn, forGood);
    await turn.heard("Hm");
    await rig.agent.dispose();
    assert.deepEqual(await end, cancelled);
    rig.assertComplete();
  });
});

describe("A turn of a model without an end", () => {
  let clock: TestClock;
  beforeEach(() => (clock = TestClock.stopped()));
  afterEach(() => clock.release());

  const limits = { turnTimeoutMs: 60_000, inactivityTimeoutMs: 10_000 };

  it("ends with a timeout when the model says nothing any more", async () => {
    const rig = new ModelAgentRig([hangs([{ type: "text", text: "Hm" }])], { settings: { name: "Local", limits } });
    const turn = new ToolTurn();
    const end = rig.agent.prompt("Hi", turn, forGood);
    await turn.heard("Hm");
    await new Promise(setImmediate);
    clock.pass(10_000);
    await assert.rejects(end, {
      code: "OPERATION_TIMEOUT",
      message: "The model of 'Local' showed no activity for 10 s; the prompt was cancelled.",
    });
    rig.assertComplete();
    assert.equal(rig.agent.isUsable, true);
  });

  it("may be as slow as it wants while it says something", async () => {
    const next = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const rig = new ModelAgentRig(
      [
        async function* () {
          for (const { promise } of next) {
            await promise;
            yield { type: "reasoning", text: "hm" };
          }
          yield* says("Done.");
        },
      ],
      { settings: { limits } },
    );
    const end = rig.agent.prompt("Hi", new ToolTurn(), forGood);
    for (const { resolve } of next) {
      await new Promise(setImmediate);
      clock.pass(9000);
      resolve();
      await new Promise(setImmediate);
    }
    assert.equal((await end).kind, "ended");
  });

  it("does not count the time of its tools as silence, but as time of the turn", async () => {
    const started = Promise.withResolvers<void>();
    const tools = new FakeTools({ slow: runsUntilCancelled(() => started.resolve()) });
    const rig = new ModelAgentRig([calls([call("a", "slow")])], { settings: { limits } });
    const end = rig.agent.prompt("Hi", new ToolTurn(tools), forGood);
    await started.promise;
    clock.pass(59_000);
    await new Promise(setImmediate);
    assert.equal(rig.agent.isUsable && rig.items.length, 2);
    clock.pass(1000);
    await assert.rejects(end, { code: "OPERATION_TIMEOUT", message: /did not finish within 60 s/ });
    rig.assertComplete();
  });

  it("ends with the error of the one who has ended it", async () => {
    const cancellation = new AbortController();
    const rig = new ModelAgentRig([hangs([{ type: "text", text: "Hm" }])]);
    const turn = new ToolTurn();
    const end = rig.agent.prompt("Hi", turn, cancellation.signal);
    await turn.heard("Hm");
    const late = new BridgeError("OPERATION_TIMEOUT", "The command did not finish within 5 ms.");
    cancellation.abort(late);
    await assert.rejects(end, late);
    rig.assertComplete();
  });
});
