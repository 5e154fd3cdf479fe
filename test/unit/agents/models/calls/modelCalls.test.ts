import assert from "node:assert/strict";
import { engineSchema } from "../../../../../src/agents/engines/engineSettings.ts";
import { ModelCalls } from "../../../../../src/agents/models/calls/modelCalls.ts";
import { Engine } from "../../../../../src/agents/models/engine.ts";
import type { PassedCall, RawOutcome } from "../../../../../src/agents/models/wire.ts";
import type { ModelCall } from "../../../../../src/core/models/modelCall.ts";
import { ModelFailure } from "../../../../../src/core/models/modelFailure.ts";
import type { StepEvent, StepRequest } from "../../../../../src/core/models/step.ts";
import type { RunContext } from "../../../../../src/core/ports.ts";
import type { AgentStep } from "../../../../../src/protocol/agents/agentStep.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import { fakeContext } from "../../../../support/fakePorts.ts";
import { ended, hangs, says, type ScriptedStep, ScriptedWire } from "../../../../support/models/scriptedWire.ts";
import { TestClock } from "../../../../support/testClock.ts";
import { until } from "../../../../support/until.ts";
import { FakeLedger } from "../loop/modelAgentRig.ts";

const request: StepRequest = {
  model: "scripted-1",
  system: "",
  items: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
  tools: [],
};
const used = { inputTokens: 100, cachedInputTokens: 40, outputTokens: 10 };

/** An engine, and everything that a call of it tells. */
class CallsRig {
  readonly wire: ScriptedWire;
  readonly ledger = new FakeLedger();
  readonly steps: AgentStep[] = [];
  readonly cancellation = new AbortController();
  output = "";
  hasBegun = false;
  readonly #calls: ModelCalls;

  constructor(steps: readonly ScriptedStep[] = [], settings: object = {}, wire = new ScriptedWire(steps)) {
    this.wire = wire;
    const engine = new Engine(engineSchema.parse({ id: "local", wire: "openai-chat", ...settings }), wire);
    this.#calls = new ModelCalls(engine, this.ledger);
  }

  run(call: ModelCall) {
    const context: Partial<RunContext> = {
      signal: this.cancellation.signal,
      began: () => (this.hasBegun = true),
      output: (text) => (this.output += text),
      step: (step) => this.steps.push(step),
    };
    return this.#calls.run(call, fakeContext(context));
  }
}

function stepCall(onEvent: (event: StepEvent) => Promise<void> = () => Promise.resolve()): ModelCall {
  return { kind: "step", request, onEvent };
}

function rawCall(more: Partial<Extract<ModelCall, { kind: "raw" }>> = {}): ModelCall {
  return {
    kind: "raw",
    wire: "openai-chat",
    path: "/chat/completions",
    method: "POST",
    model: "m",
    body: {},
    headers: {},
    onHead: () => undefined,
    onBytes: () => Promise.resolve(),
    ...more,
  };
}

/** A wire that passes requests through to a vendor that answers with two pieces. */
class PassingWire extends ScriptedWire {
  outcome: RawOutcome = { status: 200, usage: { inputTokens: 7, outputTokens: 3 }, model: "vendor-1" };

  readonly pass = async (call: Extract<ModelCall, { kind: "raw" }>): Promise<RawOutcome> => {
    call.onHead({ status: this.outcome.status, headers: {} });
    for (const piece of ["one", "two"]) await call.onBytes(Buffer.from(piece));
    return this.outcome;
  };
}

describe("A request of a gateway to a model itself", () => {
  let clock: TestClock | undefined;
  afterEach(() => {
    clock?.release();
    clock = undefined;
  });

  it("streams a step, and records its text and what it has used", async () => {
    const settings = { prices: { input: 1 } };
    const rig = new CallsRig([says("Hello there.")], settings);
    const events: StepEvent[] = [];
    const outcome = await rig.run(stepCall(async (event) => void events.push(event)));
    assert.deepEqual(events, says("Hello there."));
    const cost = 0.0001;
    assert.deepEqual(outcome, {
      kind: "completed",
      stopReason: "stop",
      result: { model: "scripted-1", ...used, cost, currency: "USD" },
    });
    assert.deepEqual([rig.output, rig.hasBegun], ["Hello there.", true]);
    assert.deepEqual(rig.steps, [
      { step: 1, status: "completed", model: "scripted-1", finishReason: "stop", ...used, cost, currency: "USD" },
    ]);
    assert.deepEqual(rig.ledger.entries, [
      {
        engineId: "local",
        model: "scripted-1",
        principalId: "owner",
        sessionId: undefined,
        executionId: "exec-1",
        usage: used,
        cost,
      },
    ]);
  });

  it("asks for the next event when its client has taken the last one", async () => {
    const taken = Promise.withResolvers<void>();
    let sent = 0;
    const rig = new CallsRig([
      async function* () {
        for (const event of says("one two")) {
          sent += 1;
          yield event;
        }
      },
    ]);
    const outcome = rig.run(stepCall(() => taken.promise));
    await until(() => sent === 1);
    await new Promise(setImmediate);
    assert.equal(sent, 1);
    taken.resolve();
    assert.equal((await outcome).kind, "completed");
    assert.equal(sent, 3);
  });

  it("does not count the time of a slow client as silence of the model", async () => {
    clock = TestClock.stopped();
    const taken = Promise.withResolvers<void>();
    const rig = new CallsRig([says("one")], { limits: { inactivityTimeoutMs: 1000 } });
    const asked = Promise.withResolvers<void>();
    const outcome = rig.run(
      stepCall(() => {
        asked.resolve();
        return taken.promise;
      }),
    );
    await asked.promise;
    clock.pass(60_000);
    taken.resolve();
    assert.equal((await outcome).kind, "completed");
  });

  it("is not repeated, because its client does that", async () => {
    const rig = new CallsRig([new ModelFailure("overloaded", "It is busy."), says("Now.")]);
    await assert.rejects(rig.run(stepCall()), { code: "KIRO_UNAVAILABLE", message: "It is busy." });
    assert.equal(rig.wire.requests.length, 1);
  });

  it("is not sent when a daily limit is reached", async () => {
    const rig = new CallsRig([says("Hi")]);
    rig.ledger.refusal = new BridgeError("RATE_LIMIT_EXCEEDED");
    await assert.rejects(rig.run(stepCall()), { code: "RATE_LIMIT_EXCEEDED" });
    assert.deepEqual([rig.hasBegun, rig.wire.requests.length], [false, 0]);
  });

  it("is not sent if its execution was cancelled before", async () => {
    const rig = new CallsRig([says("Hi")]);
    rig.cancellation.abort();
    assert.deepEqual(await rig.run(stepCall()), { kind: "cancelled", how: "cooperative" });
    assert.deepEqual([rig.hasBegun, rig.wire.requests.length], [false, 0]);
  });

  it("is cancelled with its execution, also if the client does not take what comes", async () => {
    const rig = new CallsRig([hangs([{ type: "text", text: "Hm" }])]);
    const outcome = rig.run(stepCall());
    await until(() => rig.output === "Hm");
    rig.cancellation.abort();
    assert.deepEqual(await outcome, { kind: "cancelled", how: "cooperative" });

    const stuck = new CallsRig([says("one")]);
    const stuckOutcome = stuck.run(stepCall(() => new Promise(() => undefined)));
    await until(() => stuck.output === "one");
    stuck.cancellation.abort();
    assert.deepEqual(await stuckOutcome, { kind: "cancelled", how: "cooperative" });
  });

  it("is counted as far as the model has answered when its client leaves before the end", async () => {
    const rig = new CallsRig([hangs([{ type: "text", text: "x".repeat(400) }])], { prices: { output: 1_000_000 } });
    const outcome = rig.run(stepCall());
    await until(() => rig.output !== "");
    rig.cancellation.abort();
    assert.equal((await outcome).kind, "cancelled");
    await until(() => rig.ledger.entries.length === 1);
    const [entry] = rig.ledger.entries;
    const inputTokens = Math.ceil(JSON.stringify(request).length / 4);
    assert.deepEqual(entry?.usage, { inputTokens, outputTokens: 100, isEstimated: true });
    assert.equal(entry.cost, 100);
    assert.deepEqual(rig.steps, []);
  });

  it("ends with a timeout when the model says nothing, or when it is never done", async () => {
    clock = TestClock.stopped();
    const limits = { inactivityTimeoutMs: 1000, turnTimeoutMs: 5000 };
    const rig = new CallsRig([hangs([{ type: "text", text: "Hm" }])], { limits });
    const rejected = assert.rejects(rig.run(stepCall()), { code: "OPERATION_TIMEOUT", message: /no activity for 1 s/ });
    await until(() => rig.output === "Hm");
    await new Promise(setImmediate);
    clock.pass(1000);
    await rejected;

    const endless = new CallsRig([says("Hm")], { limits });
    const late = assert.rejects(endless.run(stepCall(() => new Promise(() => undefined))), {
      code: "OPERATION_TIMEOUT",
      message: /did not finish within 5 s/,
    });
    await until(() => endless.output === "Hm");
    clock.pass(5000);
    await late;
  });

  it("passes through as it is, and records what its answer tells", async () => {
    const rig = new CallsRig([], {}, new PassingWire());
    let body = "";
    let status = 0;
    const outcome = await rig.run(
      rawCall({
        onHead: (head) => (status = head.status),
        onBytes: async (bytes) => void (body += Buffer.from(bytes).toString()),
      }),
    );
    assert.deepEqual([status, body], [200, "onetwo"]);
    assert.deepEqual(outcome, { kind: "completed", result: { model: "vendor-1", inputTokens: 7, outputTokens: 3 } });
    assert.deepEqual(
      rig.ledger.entries.map(({ model }) => model),
      ["vendor-1"],
    );
  });

  it("is counted as far as it has passed through when its client leaves before the end", async () => {
    const wire = Object.assign(new ScriptedWire(), {
      pass: async (call: PassedCall): Promise<RawOutcome> => {
        call.onUnfinished?.({ usage: { inputTokens: 7, outputTokens: 2, isEstimated: true }, model: undefined });
        throw new ModelFailure("cut", "The answer was cut off.");
      },
    });
    const rig = new CallsRig([], {}, wire);
    await assert.rejects(rig.run(rawCall()));
    assert.deepEqual([rig.ledger.entries.length, rig.ledger.entries[0]?.usage.outputTokens], [1, 2]);
  });

  it("passes an error of the vendor through, and has failed", async () => {
    const wire = new PassingWire();
    wire.outcome = { status: 429, usage: undefined, model: undefined };
    const rig = new CallsRig([], {}, wire);
    assert.deepEqual(await rig.run(rawCall()), {
      kind: "failed",
      code: "COMMAND_EXECUTION_FAILED",
      error: "The vendor of 'local' has answered with the status 429.",
      result: { model: "m", status: 429 },
    });
    assert.deepEqual([rig.ledger.entries, rig.steps], [[], []]);
  });

  it("returns vectors, and counts their tokens", async () => {
    const wire = Object.assign(new ScriptedWire(), {
      embed: async () => ({ vectors: [[1, 2]], model: "embed-1", inputTokens: 9 }),
    });
    const rig = new CallsRig([], {}, wire);
    let vectors: readonly (readonly number[])[] = [];
    const outcome = await rig.run({
      kind: "embed",
      request: { model: "embed-1", input: ["a"] },
      onResult: (result) => (vectors = result.vectors),
    });
    assert.deepEqual(vectors, [[1, 2]]);
    assert.deepEqual(outcome, { kind: "completed", result: { model: "embed-1", inputTokens: 9, outputTokens: 0 } });
  });

  it("is refused where the engine cannot do it", async () => {
    const rig = new CallsRig();
    const embed: ModelCall = { kind: "embed", request: { model: "m", input: ["a"] }, onResult: () => undefined };
    await assert.rejects(rig.run(embed), { code: "VALIDATION_FAILED", message: /has no embeddings/ });
    await assert.rejects(rig.run(rawCall()), { code: "VALIDATION_FAILED", message: /passes no requests through/ });
    assert.equal(rig.hasBegun, false);
  });

  it("ends without a usage if the model ends so", async () => {
    const rig = new CallsRig([[ended([], { usage: { inputTokens: 5, outputTokens: 0, isEstimated: true } })]]);
    const outcome = await rig.run(stepCall());
    assert.deepEqual(outcome.kind === "completed" && outcome.result, {
      model: "scripted-1",
      inputTokens: 5,
      outputTokens: 0,
      isEstimated: true,
    });
  });
});
