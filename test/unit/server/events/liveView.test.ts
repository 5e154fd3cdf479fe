import assert from "node:assert/strict";
import type { RunContext } from "../../../../src/core/ports.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { type SocketMessage, SocketClient } from "../../../support/socketClient.ts";
import { TestClock } from "../../../support/testClock.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";

describe("A client that polls nothing", () => {
  let bridge: TestBridge;
  let clock: TestClock;
  let running: PromiseWithResolvers<{ context: RunContext; end: () => void }>;

  beforeEach(async () => {
    running = Promise.withResolvers();
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      running.resolve({ context, end: resolve });
      await promise;
      return { kind: "completed" };
    };
    bridge = await startTestBridge({ agent });
    clock = TestClock.stopped();
  });

  afterEach(async () => {
    clock.release();
    await bridge.dispose();
  });

  // `npm run bench` measures how long it takes; here no time passes at all.
  it("receives start, output, question and end of another client's execution without waiting for a timer", async () => {
    const viewer = await SocketClient.open(bridge);
    const sees = (type: string): Promise<SocketMessage> => viewer.waitForType(type);
    const answer = bridge.execute({ command: "kiro.cli.chat", args: ["hi"] });
    await sees("command-started");
    const { context, end } = await running.promise;
    context.output("one");
    assert.equal((await sees("command-output"))["output"], "one");
    const asked = context.ask({ prompt: "Sure?", inputType: "confirmation", safeAnswer: "no" });
    const { executionId } = await sees("user-input-required");
    assert.equal((await answer).status, 202);
    await bridge.call("/api/kiro/input", { body: { executionId, type: "confirmation", value: "yes" } });
    await sees("input-accepted");
    assert.equal(await asked, "yes");
    end();
    await sees("command-completed");
    viewer.close();
  });
});
