import assert from "node:assert/strict";
import type { ChatEvent } from "../../../../src/client/chat/chatStream.ts";
import type { ChatTurn } from "../../../../src/client/chat/chatTurn.ts";
import { KiroBridgeClient } from "../../../../src/client/client.ts";
import type { Question } from "../../../../src/core/ports.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import { type CuttingProxy, startCuttingProxy } from "../../../support/client/cuttingProxy.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

const QUESTION = { prompt: "Sure?", inputType: "choice", choices: ["Yes", "No"], safeAnswer: "No" } satisfies Question;

const inSession = (session: string) => ({ prompt: "Hello", session });

/** A turn that goes on until it is cancelled. */
const endless: FakeAgent["turn"] = async (_task, { signal }) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve());
  await promise;
  if (isBridgeError(signal.reason)) throw signal.reason;
  return { kind: "cancelled", how: "cooperative" };
};

const asking: FakeAgent["turn"] = async (_task, context) => {
  context.output(await context.ask(QUESTION));
  return { kind: "completed" };
};

async function stepsOf(turn: ChatTurn): Promise<ChatEvent[]> {
  const steps: ChatEvent[] = [];
  for await (const step of turn) steps.push(step);
  return steps;
}

const textOf = (steps: readonly ChatEvent[]): string =>
  steps.map((step) => (step.type === "delta" ? step.text : "")).join("");

describe("A chat of the SDK", () => {
  let bridge: TestBridge;
  let proxy: CuttingProxy;
  let client: KiroBridgeClient;
  let agent: FakeAgent;
  let runs: number;
  let gate: PromiseWithResolvers<void>;

  beforeEach(async () => {
    agent = new FakeAgent();
    runs = 0;
    gate = Promise.withResolvers<void>();
    agent.turn = async (_task, context) => {
      runs++;
      context.began();
      context.output("one ");
      await gate.promise;
      context.output("two");
      return { kind: "completed" };
    };
    bridge = await startTestBridge({ agent, guards: { allowedHosts: ["127.0.0.1"] } });
    proxy = await startCuttingProxy(bridge.port);
    client = new KiroBridgeClient(proxy.url, { token: TEST_TOKEN });
  });
  afterEach(async () => {
    gate.resolve();
    await client.close();
    await proxy.dispose();
    await bridge.dispose();
  });

  it("is awaited for its response", async () => {
    gate.resolve();
    const response = await client.chat("Hello");
    assert.deepEqual([response.success, response.message], [true, "one two"]);
    assert.ok(!("type" in response));
  });

  it("is read step by step, and awaited as well", async () => {
    const turn = client.chat({ message: "Hello", session: "fresh" });
    const steps: ChatEvent[] = [];
    for await (const step of turn) {
      steps.push(step);
      if (step.type === "delta") gate.resolve();
    }
    assert.deepEqual(
      steps.map(({ type }) => type),
      ["started", "delta", "delta", "done"],
    );
    assert.equal(textOf(steps), "one two");
    const response = await turn;
    assert.equal(response.message, "one two");
    assert.equal(turn.executionId, response.executionId);
  });

  it("runs once and has each step once when its stream is cut in the middle of a step", async () => {
    const isCut = proxy.cutIn('"one "');
    const turn = client.chat("Hello");
    await isCut;
    gate.resolve();
    const steps = await stepsOf(turn);
    assert.equal(textOf(steps), "one two");
    assert.equal(steps.filter(({ type }) => type === "started").length, 1);
    assert.equal(runs, 1);
    assert.ok(proxy.connections >= 2);
  });

  it("runs once when its stream is cut before its last step", async () => {
    const turn = client.chat("Hello");
    const reading = stepsOf(turn);
    await until(() => turn.executionId !== undefined);
    const isCut = proxy.cutIn('"success":true');
    gate.resolve();
    await isCut;
    const steps = await reading;
    assert.deepEqual([textOf(steps), steps.at(-1)?.type, runs], ["one two", "done", 1]);
    assert.equal((await turn).message, "one two");
  });

  it("has all steps for each reader, also for one that comes late", async () => {
    const turn = client.chat("Hello");
    await until(() => turn.executionId !== undefined);
    const early = stepsOf(turn);
    gate.resolve();
    await turn;
    assert.equal(textOf(await early), "one two");
    assert.equal(textOf(await stepsOf(turn)), "one two");
    assert.equal(runs, 1);
  });

  it("has its response also for a reader that stops in the middle", async () => {
    const turn = client.chat("Hello");
    for await (const step of turn) if (step.type === "delta") break;
    gate.resolve();
    assert.equal((await turn).message, "one two");
  });

  it("asks its caller, once for each question", async () => {
    agent.turn = asking;
    const asked: string[] = [];
    const isCut = proxy.cutIn('"questionId"');
    const turn = client.chat("Hello", {
      onQuestion: ({ prompt, choices }) => {
        asked.push(prompt);
        return choices?.[0];
      },
    });
    await isCut;
    assert.equal((await turn).message, "Yes");
    assert.deepEqual(asked, ["Sure?"]);
  });

  it("leaves a question to others, who answer by its ID", async () => {
    agent.turn = asking;
    const turn = client.chat("Hello", { onQuestion: () => undefined });
    const types: string[] = [];
    for await (const step of turn) {
      types.push(step.type);
      if (step.type !== "question") continue;
      const { executionId, questionId, inputType: type } = step;
      const waiting = client.executions.wait(executionId);
      const accepted = await client.input({ executionId, questionId, type, value: "No" });
      assert.equal(accepted.success, true);
      assert.equal((await waiting).output, "No");
    }
    assert.ok(types.includes("input-accepted"));
    assert.equal((await turn).message, "No");
  });

  it("fails with the error of a wrong answer, and with what its caller throws", async () => {
    agent.turn = asking;
    await assert.rejects(client.chat(inSession("first"), { onQuestion: () => "Perhaps" }), {
      code: "VALIDATION_FAILED",
    });
    const mistake = new Error("a mistake of the caller");
    const failing = client.chat(inSession("second"), { onQuestion: () => Promise.reject(mistake) });
    await assert.rejects(stepsOf(failing), mistake);
    await assert.rejects(failing, mistake);
  });

  it("fails with the error of the bridge, for its reader and for its caller", async () => {
    agent.turn = endless;
    const turn = client.chat({ prompt: "Hello", timeoutMs: 20 });
    await assert.rejects(stepsOf(turn), { code: "OPERATION_TIMEOUT" });
    await assert.rejects(turn, (error: { code?: string; executionId?: string }) => {
      assert.equal(error.executionId, turn.executionId);
      return error.code === "OPERATION_TIMEOUT";
    });
    await assert.rejects(client.chat(" "), { code: "VALIDATION_FAILED" });
  });

  it("is cancelled as soon as the bridge has accepted it", async () => {
    agent.turn = endless;
    const turn = client.chat("Hello");
    const { status } = await turn.cancel();
    assert.equal(status, "cancelled");
    const response = await turn.catch((error: unknown) => error);
    assert.equal((await client.executions.get(turn.executionId ?? "")).status, "cancelled");
    assert.ok(response !== undefined);
  });

  it("ends for its caller with the reason of the signal, at any stage, and goes on in the editor", async () => {
    const reason = new Error("enough");
    await assert.rejects(client.chat("Hello", { signal: AbortSignal.abort(reason) }), reason);
    assert.equal(runs, 0);
    const controller = new AbortController();
    const turn = client.chat("Hello", { signal: controller.signal });
    const reading = stepsOf(turn);
    await until(() => turn.executionId !== undefined);
    controller.abort(reason);
    await assert.rejects(reading, reason);
    await assert.rejects(turn, reason);
    gate.resolve();
    const ended = await client.executions.wait(turn.executionId ?? "");
    assert.deepEqual([ended.status, ended.output, runs], ["completed", "one two", 1]);
    await until(() => bridge.core.clients.list().every(({ kind }) => kind !== "sse"));
  });

  it("ends for its caller when its deadline has passed, or the client is closed", async () => {
    await assert.rejects(client.chat("Hello", { timeoutMs: 20 }), { code: "OPERATION_TIMEOUT" });
    const turn = client.chat(inSession("third"));
    await until(() => turn.executionId !== undefined);
    await client.close();
    await assert.rejects(turn, { name: "AbortError" });
  });
});
