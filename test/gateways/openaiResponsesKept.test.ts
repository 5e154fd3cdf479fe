import assert from "node:assert/strict";
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { fake, fakeSay } from "../fixtures/simulator/directive.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";

describe("Responses that are kept", () => {
  let gateway: GatewayBridge;
  let openai: OpenAI;
  let other: OpenAI;
  before(async () => {
    gateway = await startGatewayBridge();
    const clientOf = ({ token }: { readonly token: string }) =>
      new OpenAI({ baseURL: gateway.openaiUrl, apiKey: token, maxRetries: 0 });
    openai = clientOf(gateway.client);
    other = clientOf(gateway.addClient("other"));
  });
  after(() => gateway.dispose());

  const ask = (words: string, rest: object = {}) =>
    openai.responses.create({ model: "kiro", input: `${words} ${fakeSay(`${words}.`)}`, ...rest });

  it("are retrieved as they were, and are gone once they are deleted", async () => {
    const created = await ask("Hello", { metadata: { topic: "x" } });
    const { output_text: text, ...body } = created;
    assert.equal(text, "Hello.");
    assert.deepEqual(
      JSON.parse(JSON.stringify(await openai.responses.retrieve(created.id))),
      JSON.parse(JSON.stringify({ ...body, output_text: text })),
    );
    await openai.responses.delete(created.id);
    await assert.rejects(openai.responses.retrieve(created.id), NotFoundError);
    await assert.rejects(openai.responses.delete(created.id), NotFoundError);
    await assert.rejects(ask("Again", { previous_response_id: created.id }), NotFoundError);
  });

  it("go on in the same session of the agent, which gets the new part alone", async () => {
    const first = await ask("One", { instructions: "Be brief." });
    const second = await ask("Two", { previous_response_id: first.id });
    assert.deepEqual(
      [second.output_text, second.previous_response_id, second.instructions],
      ["Two.", first.id, "Be brief."],
    );
    const [before, after] = gateway.agentTurns().slice(-2);
    assert.equal(after?.sessionId, before?.sessionId);
    assert.equal(after?.prompt, `Two ${fakeSay("Two.")}`);
    assert.match(before?.prompt ?? "", /Be brief\./);
  });

  it("go on from an earlier one in another session, which gets the history", async () => {
    const first = await ask("Begin");
    await ask("Left", { previous_response_id: first.id });
    await ask("Right", { previous_response_id: first.id });
    const [, left, right] = gateway.agentTurns().slice(-3);
    assert.notEqual(right?.sessionId, left?.sessionId);
    assert.match(right?.prompt ?? "", /Begin/);
    assert.doesNotMatch(right?.prompt ?? "", /Left/);
  });

  it("go on by the conversation that they name", async () => {
    const first = await ask("Uno");
    assert.ok(first.conversation?.id !== undefined);
    await ask("Due", { conversation: first.conversation.id });
    const third = await ask("Tre", { conversation: { id: first.conversation.id } });
    assert.deepEqual(third.conversation, first.conversation);
    const turns = gateway.agentTurns().slice(-3);
    assert.equal(new Set(turns.map(({ sessionId }) => sessionId)).size, 1);
    assert.equal(turns[2]?.prompt, `Tre ${fakeSay("Tre.")}`);
  });

  it("go on by references to their items", async () => {
    const question = { role: "user", content: `Ref ${fakeSay("Ref.")}` } as const;
    const first = await openai.responses.create({
      model: "kiro",
      input: [question],
      include: ["reasoning.encrypted_content"],
    });
    const references = first.output.map(({ id = "" }) => ({ type: "item_reference" as const, id: id ?? "" }));
    const next = { role: "user", content: `Next ${fakeSay("Next.")}` } as const;
    await openai.responses.create({ model: "kiro", input: [question, ...references, next] });
    const [before, after] = gateway.agentTurns().slice(-2);
    assert.deepEqual([after?.sessionId, after?.prompt], [before?.sessionId, next.content]);
    await assert.rejects(
      other.responses.create({ model: "kiro", input: [question, ...references, next] }),
      BadRequestError,
    );
  });

  it("are not there for another principal", async () => {
    const { id, conversation } = await ask("Secret");
    await assert.rejects(other.responses.retrieve(id), NotFoundError);
    await assert.rejects(other.responses.delete(id), NotFoundError);
    const before = gateway.startedPrompts().length;
    for (const rest of [{ previous_response_id: id }, { conversation: conversation?.id ?? "" }]) {
      await assert.rejects(other.responses.create({ model: "kiro", input: "Peek", ...rest }), (error) => {
        assert.ok(error instanceof NotFoundError);
        assert.deepEqual([error.code, error.param], ["previous_response_not_found", Object.keys(rest)[0]]);
        return true;
      });
    }
    assert.equal(gateway.startedPrompts().length, before);
    assert.equal((await openai.responses.retrieve(id)).id, id);
  });

  it("are not there if their request says so", async () => {
    const { id, conversation } = await ask("Off the record", { store: false });
    assert.equal(conversation, null);
    await assert.rejects(openai.responses.retrieve(id), NotFoundError);
  });

  it("say that they have failed, and do not go on", async () => {
    const stream = await openai.responses.create({
      model: "kiro",
      input: `Die ${fake("crash", { words: 20 })}`,
      stream: true,
    });
    let id = "";
    for await (const event of stream) if ("response" in event) id = event.response.id;
    const { status, error } = await openai.responses.retrieve(id);
    assert.deepEqual([status, error?.code], ["failed", "invalid_prompt"]);
    await assert.rejects(ask("On", { previous_response_id: id }), BadRequestError);
  });

  it("are not streamed again", async () => {
    const { id } = await ask("Once");
    await assert.rejects(openai.responses.retrieve(id, { stream: true }), BadRequestError);
  });
});
