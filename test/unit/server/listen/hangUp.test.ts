import assert from "node:assert/strict";
import { Agent } from "node:http";
import { chatResponseSchema } from "../../../../src/protocol/chat.ts";
import { nextEvent } from "../../../support/events.ts";
import { fake } from "../../../fixtures/simulator/directive.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { startTestBridge } from "../../../support/testBridge.ts";
import { KiroBridge } from "../routes/kiroBridge.ts";
import { responseOf } from "../../../../src/server/http/executeResponse.ts";

describe("A chat whose client disconnects", () => {
  let handlers: KiroBridge;
  before(async () => {
    handlers = await new KiroBridge().listen();
  });
  after(() => handlers.dispose());

  for (const accept of ["application/json", "text/event-stream"]) {
    it(`continues to its end, and a repeat with its key receives the answer: ${accept}`, async () => {
      const agent = new Agent();
      const headers = { Accept: accept, "Idempotency-Key": `left ${accept}` };
      const body = { prompt: `A long one ${fake("long", { words: 300, chunkMs: 1 })}`, session: "left" };
      const begun = nextEvent(handlers.rig.events, "command-output");
      const left = handlers.call("/kiro/chat", { body, headers, agent });
      await begun;
      const [execution] = handlers.rig.executions.active;
      agent.destroy();
      await assert.rejects(left);
      await execution?.settled;
      assert.equal(execution?.status, "completed");
      const again = await handlers.chat(body, { "Idempotency-Key": `left ${accept}` });
      const { executionId, message } = chatResponseSchema.parse(again.json);
      assert.deepEqual([executionId, message], [execution.id, responseOf(execution).output]);
    });
  }
});

describe("A chat that continues after a question", () => {
  it("returns 202 for a repeat with its key until it has ended, and then the answer", async () => {
    const end = Promise.withResolvers<void>();
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      context.output("so far");
      await context.ask({ prompt: "Sure?", inputType: "text", safeAnswer: "no" });
      await end.promise;
      return { kind: "completed" };
    };
    const bridge = await startTestBridge({ agent });
    const chat = () => bridge.call("/kiro/chat", { body: { prompt: "go" }, headers: { "Idempotency-Key": "asked" } });
    try {
      const asked = await chat();
      const { executionId, questionId } = asked.json;
      const answer = { executionId, questionId, type: "text", value: "yes" };
      assert.equal((await bridge.call("/api/kiro/input", { body: answer })).status, 200);
      const meanwhile = await chat();
      assert.deepEqual([asked.status, meanwhile.status], [202, 202]);
      const { requiresInput, status, message } = meanwhile.json;
      assert.deepEqual([requiresInput, status, message], [undefined, "running", "so far"]);
      end.resolve();
      await bridge.core.executions.get(String(executionId))?.settled;
      const ended = await chat();
      assert.deepEqual([ended.status, ended.json["success"]], [200, true]);
    } finally {
      end.resolve();
      await bridge.dispose();
    }
  });
});

describe("A restarted bridge", () => {
  it("does not know the keys from before the restart", async () => {
    const ids: unknown[] = [];
    for (let life = 0; life < 2; life++) {
      const bridge = await startTestBridge();
      try {
        for (let repeat = 0; repeat < 2; repeat++)
          ids.push((await bridge.execute({ command: "test.echo" }, { "Idempotency-Key": "k" })).json["executionId"]);
      } finally {
        await bridge.dispose();
      }
    }
    assert.equal(ids[0], ids[1]);
    assert.equal(ids[2], ids[3]);
    assert.notEqual(ids[0], ids[2]);
  });
});
