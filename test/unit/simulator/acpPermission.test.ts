import assert from "node:assert/strict";
import { deniedText } from "../../fixtures/simulator/answers.ts";
import { fake } from "../../fixtures/simulator/directive.ts";
import { isObject } from "../../fixtures/simulator/jsonExample.ts";
import { endSimulators } from "../../support/simulator.ts";
import { answerTo, optionsOf, RawAcpClient, resultOf, selected } from "./rawAcpClient.ts";

describe("simulator ACP permission scenarios", function () {
  afterEach(endSimulators);

  it("tool: a question with a UUID as its id, then the tool and the answer", async () => {
    const client = new RawAcpClient();
    const prompt = client.startPrompt(await client.newSession(), `run ${fake("tool")}`);
    const question = await client.question();
    assert.match(String(question["id"]), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/u);
    assert.deepEqual(optionsOf(question), [
      ["allow_once", "allow_once"],
      ["allow_always", "allow_always"],
      ["reject_once", "reject_once"],
    ]);
    client.answer(question, selected("allow_once"));
    assert.deepEqual(resultOf(await client.response(prompt)), { stopReason: "end_turn" });
    assert.deepEqual(
      client
        .updates()
        .map(({ sessionUpdate }) => sessionUpdate)
        .slice(0, 4),
      ["tool_call", "tool_call_update", "tool_call_update", "agent_message_chunk"],
    );
    assert.ok(
      client
        .received()
        .some(
          ({ method, params }) =>
            method === "_kiro.dev/session/update" && JSON.stringify(params).includes("tool_call_chunk"),
        ),
    );
    assert.equal(client.text(), answerTo("run"));
  });

  it("tool-trusted, and --trust-all-tools: no question", async () => {
    const trusted = new RawAcpClient();
    await trusted.turn(fake("tool-trusted"));
    const all = new RawAcpClient({}, ["-a"]);
    await all.turn(fake("tool"));
    for (const client of [trusted, all]) {
      assert.equal(client.questions().length, 0);
      assert.equal(client.text(), answerTo(""));
    }
  });

  it("perm-order: an unusual order and unusual ids", async () => {
    const client = new RawAcpClient();
    const prompt = client.startPrompt(await client.newSession(), fake("perm-order"));
    const question = await client.question();
    assert.deepEqual(optionsOf(question), [
      ["allow_always", "always-accept"],
      ["reject_once", "reject"],
      ["allow_once", "accept"],
    ]);
    client.answer(question, selected("reject"));
    await client.response(prompt);
    assert.equal(client.text(), deniedText);
  });

  it("perm-twice: two questions for one tool call", async () => {
    const client = new RawAcpClient();
    const prompt = client.startPrompt(await client.newSession(), fake("perm-twice"));
    for (const index of [0, 1]) client.answer(await client.question(index), selected("allow_once"));
    await client.response(prompt);
    const ids = client
      .questions()
      .map(({ params }) =>
        isObject(params) && isObject(params["toolCall"]) ? params["toolCall"]["toolCallId"] : undefined,
      );
    assert.equal(ids[0], ids[1]);
    assert.equal(client.text(), answerTo(""));
  });

  it("waits for the answer to an open question across a cancel", async () => {
    const client = new RawAcpClient();
    const sessionId = await client.newSession();
    const prompt = client.startPrompt(sessionId, fake("tool"));
    const question = await client.question();
    client.send({ method: "session/cancel", params: { sessionId } });
    client.answer(question, { outcome: "cancelled" });
    assert.deepEqual(resultOf(await client.response(prompt)), { stopReason: "cancelled" });
  });

  it("perm-cancel: a question after the cancel wants cancelled, and nothing else", async () => {
    for (const [outcome, expected] of [
      [{ outcome: "cancelled" }, { stopReason: "cancelled" }],
      [selected("allow_once"), {}],
    ] as const) {
      const client = new RawAcpClient();
      const sessionId = await client.newSession();
      const prompt = client.startPrompt(sessionId, fake("perm-cancel"));
      await client.simulator.until("text", () => client.text().includes("more-1-1"));
      client.send({ method: "session/cancel", params: { sessionId } });
      client.answer(await client.question(), outcome);
      assert.deepEqual(resultOf(await client.response(prompt)), expected);
    }
  });
});
