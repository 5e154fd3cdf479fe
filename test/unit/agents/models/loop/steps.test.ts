import assert from "node:assert/strict";
import { ModelFailure, type ModelFailureKind } from "../../../../../src/core/models/modelFailure.ts";
import type { StepEvent, StepRequest, StepUsage } from "../../../../../src/core/models/step.ts";
import { FakeTools } from "../../../../support/models/fakeTools.ts";
import { call, calls, ended, says, type ScriptedStep } from "../../../../support/models/scriptedWire.ts";
import { TestClock } from "../../../../support/testClock.ts";
import { until } from "../../../../support/until.ts";
import { forGood, ModelAgentRig, ToolTurn } from "./modelAgentRig.ts";

const look = (): FakeTools => new FakeTools({ look: () => "a file" });
const endless = (): ScriptedStep[] => Array.from({ length: 300 }, (_, at) => calls([call(`c${at}`, "look")]));

async function stopReasonOf(rig: ModelAgentRig, turn: ToolTurn): Promise<string> {
  const end = await rig.agent.prompt("Look", turn, forGood);
  assert.ok(end.kind === "ended");
  return end.stopReason;
}

describe("The steps of a turn", () => {
  it("are reported with what each has used, and its cost", async () => {
    const usage: StepUsage = {
      inputTokens: 1000,
      cachedInputTokens: 400,
      cacheWriteTokens: 100,
      outputTokens: 200,
      reasoningTokens: 50,
    };
    const prices = { input: 2, cachedInput: 0.5, cacheWrite: 4, output: 10, currency: "EUR" };
    const first = [ended([call("a", "look")], { usage })];
    const rig = new ModelAgentRig([first, says("Seen.")], { settings: { prices } });
    const turn = new ToolTurn(look());
    const end = await rig.agent.prompt("Look", turn, forGood);
    const cost = 0.0036;
    assert.deepEqual(turn.steps, [
      {
        step: 1,
        status: "completed",
        model: "scripted-1",
        finishReason: "tool-calls",
        inputTokens: 1000,
        cachedInputTokens: 400,
        outputTokens: 200,
        reasoningTokens: 50,
        cost,
        currency: "EUR",
      },
      {
        step: 2,
        status: "completed",
        model: "scripted-1",
        finishReason: "stop",
        inputTokens: 100,
        cachedInputTokens: 40,
        outputTokens: 10,
        cost: 0.00024,
        currency: "EUR",
      },
    ]);
    assert.deepEqual(end.kind === "ended" && end.usage, {
      contextPercent: 0.1,
      inputTokens: 1100,
      cachedInputTokens: 440,
      outputTokens: 210,
      steps: 2,
      cost: 0.00384,
      currency: "EUR",
    });
    const [entry] = rig.ledger.entries;
    assert.deepEqual(entry, {
      engineId: "local",
      model: "scripted-1",
      principalId: "owner",
      sessionId: "sess-1",
      executionId: "exec-1",
      usage,
      cost,
    });
    assert.equal(rig.ledger.entries.length, 2);
  });

  it("end at the limit of steps, however long the model would go on", async () => {
    const rig = new ModelAgentRig(endless(), { settings: { limits: { maxSteps: 3 } } });
    const tools = look();
    const turn = new ToolTurn(tools);
    assert.equal(await stopReasonOf(rig, turn), "max_turn_requests");
    assert.deepEqual([rig.wire.requests.length, tools.called.length], [3, 2]);
    assert.equal(turn.stderr, "The turn has reached its limit of 3 steps.\n");
    assert.match(JSON.stringify(rig.items.at(-1)), /Not run: The turn has reached its limit of 3 steps\./);
    rig.assertComplete();
  });

  it("have a limit without any setting", async () => {
    const rig = new ModelAgentRig(endless());
    assert.equal(await stopReasonOf(rig, new ToolTurn(look())), "max_turn_requests");
    assert.equal(rig.wire.requests.length, 25);
  });

  it("end at the limit of tokens, and at that of the cost", async () => {
    const tokens = new ModelAgentRig(endless(), { settings: { limits: { maxTurnTokens: 300 } } });
    const turn = new ToolTurn(look());
    assert.equal(await stopReasonOf(tokens, turn), "max_tokens");
    assert.deepEqual(
      [tokens.wire.requests.length, turn.stderr],
      [3, "The turn has reached its limit of 300 tokens.\n"],
    );
    const settings = { limits: { maxTurnCost: 0.0004 }, prices: { input: 2 } };
    const cost = new ModelAgentRig(endless(), { settings });
    const costly = new ToolTurn(look());
    assert.equal(await stopReasonOf(cost, costly), "max_tokens");
    assert.deepEqual(
      [cost.wire.requests.length, costly.stderr],
      [2, "The turn has reached its limit of 0.0004 USD.\n"],
    );
    cost.assertComplete();
  });

  it("may end with an answer that reaches a limit", async () => {
    const rig = new ModelAgentRig([says("Done.")], { settings: { limits: { maxSteps: 1, maxTurnTokens: 10 } } });
    assert.equal(await stopReasonOf(rig, new ToolTurn()), "end_turn");
  });
});

describe("A request to a model that fails before its first word", () => {
  let clock: TestClock;
  beforeEach(() => (clock = TestClock.stopped()));
  afterEach(() => clock.release());

  const busy = (retryAfterMs?: number): ModelFailure =>
    new ModelFailure("overloaded", "It is busy.", retryAfterMs === undefined ? {} : { retryAfterMs });

  /** Lets the pauses pass that the turn tells. */
  async function passPauses(turn: ToolTurn, count: number): Promise<void> {
    for (let paused = 1; paused <= count; paused++) {
      await until(() => turn.steps.length === paused);
      await new Promise(setImmediate);
      clock.pass(turn.steps.at(-1)?.delayMs ?? 0);
    }
  }

  it("is repeated twice, after growing pauses that are told", async () => {
    const rig = new ModelAgentRig([busy(), busy(), says("Now.")]);
    const turn = new ToolTurn();
    const end = rig.agent.prompt("Hi", turn, forGood);
    await passPauses(turn, 2);
    assert.equal((await end).kind, "ended");
    const [first, second] = turn.steps;
    assert.deepEqual(
      { ...first, delayMs: 0 },
      {
        step: 1,
        status: "retrying",
        model: "scripted-1",
        reason: "It is busy.",
        delayMs: 0,
      },
    );
    const between = (ms: number | undefined, from: number, to: number): boolean =>
      ms !== undefined && ms >= from && ms <= to;
    assert.ok(between(first?.delayMs, 500, 1000), `${first?.delayMs}`);
    assert.ok(between(second?.delayMs, 1000, 2000), `${second?.delayMs}`);
    assert.deepEqual([turn.stdout, rig.wire.requests.length], ["Now.", 3]);
  });

  it("is given up after three attempts", async () => {
    const rig = new ModelAgentRig([busy(), busy(), busy()]);
    const turn = new ToolTurn();
    const end = rig.agent.prompt("Hi", turn, forGood);
    const rejected = assert.rejects(end, { code: "KIRO_UNAVAILABLE", message: "It is busy." });
    await passPauses(turn, 2);
    await rejected;
    assert.equal(rig.wire.requests.length, 3);
  });

  it("is repeated when the vendor wants it, unless that is too late", async () => {
    const rig = new ModelAgentRig([busy(60_000), says("Now.")], {
      settings: { limits: { inactivityTimeoutMs: 1000 } },
    });
    const turn = new ToolTurn();
    const end = rig.agent.prompt("Hi", turn, forGood);
    await until(() => turn.steps.length === 1);
    assert.equal(turn.steps[0]?.delayMs, 60_000);
    await passPauses(turn, 1);
    assert.equal((await end).kind, "ended");

    const limited = new ModelFailure("rate-limited", "Too many requests.", { retryAfterMs: 61_000 });
    const late = new ModelAgentRig([limited]);
    await assert.rejects(late.agent.prompt("Hi", new ToolTurn(), forGood), {
      code: "RATE_LIMIT_EXCEEDED",
      retryAfterSeconds: 61,
    });
    assert.equal(late.wire.requests.length, 1);
  });

  for (const kind of [
    "unauthorized",
    "invalid",
    "not-found",
    "tls",
    "protocol",
    "silent",
  ] satisfies ModelFailureKind[]) {
    it(`is not repeated after a failure of the kind ${kind}`, async () => {
      const rig = new ModelAgentRig([new ModelFailure(kind, "It has failed.")]);
      await assert.rejects(rig.agent.prompt("Hi", new ToolTurn(), forGood), { message: "It has failed." });
      assert.equal(rig.wire.requests.length, 1);
    });
  }

  it("is repeated in a later step as well, but not after the first word of that step", async () => {
    const rig = new ModelAgentRig([
      calls([call("a", "look")], "I look."),
      busy(),
      async function* () {
        yield { type: "reasoning", text: "hm" };
        throw new ModelFailure("cut", "It broke off.");
      },
    ]);
    const turn = new ToolTurn(look());
    const rejected = assert.rejects(rig.agent.prompt("Look", turn, forGood), { code: "COMMAND_EXECUTION_FAILED" });
    await until(() => turn.steps.length === 2);
    await new Promise(setImmediate);
    clock.pass(2000);
    await rejected;
    assert.equal(rig.wire.requests.length, 3);
    rig.assertComplete();
  });

  it("is a broken one if it ends without its end", async () => {
    const rig = new ModelAgentRig([[{ type: "text", text: "Half of" }]]);
    await assert.rejects(rig.agent.prompt("Hi", new ToolTurn(), forGood), {
      code: "COMMAND_EXECUTION_FAILED",
      context: { reason: "not_responding", cause: "engine-cut", engine: "local" },
    });
  });
});

describe("A conversation that is too long for its model", () => {
  const tooLong = (): ModelFailure => new ModelFailure("too-long", "The prompt is too long.");
  const long = "word ".repeat(2000);
  const summarizes = ({ system }: StepRequest): readonly StepEvent[] =>
    says(system.startsWith("You summarize") ? "The summary." : "I go on.");

  it("is compacted when the vendor says so, which is told, and the step goes on", async () => {
    const rig = new ModelAgentRig([says(long), says(long), tooLong()]);
    rig.wire.otherwise = summarizes;
    await rig.agent.prompt(long, new ToolTurn(), forGood);
    await rig.agent.prompt(long, new ToolTurn(), forGood);
    const turn = new ToolTurn();
    assert.equal(await stopReasonOf(rig, turn), "end_turn");
    assert.equal(turn.stdout, "I go on.");
    const [compaction] = turn.compactions;
    assert.ok(compaction !== undefined && compaction.tokensAfter < compaction.tokensBefore);
    assert.ok(compaction.droppedItems > 0);
    assert.match(JSON.stringify(rig.wire.requests.at(-1)?.items), /The summary\.[^]*Look/);
    // The requests for the summary are counted as well.
    assert.equal(rig.ledger.entries.length, 2 + turn.steps.length);
    assert.equal(turn.steps.length, rig.wire.requests.length - 3);
    rig.assertComplete();
  });

  it("is compacted before a step that would not fit", async () => {
    const rig = new ModelAgentRig([says(long)], { settings: { contextTokens: 4000 } });
    rig.wire.otherwise = summarizes;
    await rig.agent.prompt("Tell me", new ToolTurn(), forGood);
    const turn = new ToolTurn();
    assert.equal(await stopReasonOf(rig, turn), "end_turn");
    assert.equal(turn.compactions.length, 1);
    rig.assertComplete();
  });

  it("fails if it cannot be made to fit, instead of going round in circles", async () => {
    const rig = new ModelAgentRig(Array.from({ length: 20 }, tooLong));
    await assert.rejects(rig.agent.prompt("Hi", new ToolTurn(), forGood), {
      code: "VALIDATION_FAILED",
      context: { engine: "local", rule: "context-length" },
    });
    assert.ok(rig.wire.requests.length < 10);
    rig.assertComplete();
  });
});
