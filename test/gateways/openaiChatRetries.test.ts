import assert from "node:assert/strict";
import OpenAI, { InternalServerError } from "openai";
import { fake, fakeSay } from "../fixtures/simulator/directive.ts";
import type { FakePrincipal } from "../support/fakePrincipals.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";

/** The text of a streamed chunk comes before the agent dies. */
const dies = (words: string) => `${words} ${fake("crash", { words: 20 })}`;

describe("A chat completion that is repeated", () => {
  let gateway: GatewayBridge;
  before(async () => {
    gateway = await startGatewayBridge();
  });
  after(() => gateway.dispose());

  async function post(body: object, { token }: FakePrincipal = gateway.client): Promise<Response> {
    return await fetch(`${gateway.openaiUrl}/chat/completions`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  const bodyOf = (content: string) => ({ model: "kiro", messages: [{ role: "user", content }] });

  /** The prompts that reached the agent with these words. */
  const turnsOf = (words: string) => gateway.agentTurns().filter(({ prompt }) => prompt.includes(words));

  it("runs once, however often it is repeated after it has failed", async () => {
    const body = bodyOf(dies("Storm"));
    const reordered = { messages: body.messages, model: body.model };
    const storm = Array.from({ length: 30 }, (_, index) => post(index % 2 === 0 ? body : reordered));
    const answers = [...(await Promise.all(storm)), await post(body)];
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [500]);
    assert.deepEqual([...new Set(answers.map(({ headers }) => headers.get("x-should-retry")))], ["false"]);
    assert.equal(turnsOf("Storm").length, 1);
  });

  it("is not repeated by OpenAI's client when its agent has begun", async () => {
    const { client, openaiUrl } = gateway;
    let requests = 0;
    const counting: typeof fetch = (input, init) => {
      requests++;
      return fetch(input, init);
    };
    const openai = new OpenAI({ baseURL: openaiUrl, apiKey: client.token, fetch: counting });
    const messages = [{ role: "user", content: dies("Once") } as const];
    await assert.rejects(openai.chat.completions.create({ model: "kiro", messages }), InternalServerError);
    assert.equal(requests, 1);
    assert.equal(turnsOf("Once").length, 1);
  });

  it("has its outcome, when a stream that broke is repeated without one", async () => {
    const body = bodyOf(dies("Broken"));
    const stream = await (await post({ ...body, stream: true })).text();
    const [error] = /data: \{"error":.*/.exec(stream) ?? [];
    assert.match(error ?? "", /"type":"invalid_request_error","param":null,"code":"invalid_prompt"\}\}$/);
    assert.ok(stream.endsWith(`${error}\n\n`), stream);
    const whole = await post({ ...body, stream: false });
    assert.deepEqual([whole.status, whole.headers.get("x-should-retry")], [500, "false"]);
    assert.equal(turnsOf("Broken").length, 1);
  });

  it("runs again after it was answered: people ask twice", async () => {
    const body = bodyOf(`Twice ${fakeSay("Yes.")}`);
    await (await post(body)).text();
    await (await post(body)).text();
    assert.equal(turnsOf("Twice").length, 2);
  });

  it("is another one for another principal, in a session of its own", async () => {
    const other = gateway.addClient("other");
    const body = bodyOf(`Same ${fakeSay("Yes.", { thinkMs: 300 })}`);
    const answers = await Promise.all([post(body), post(body, other)]);
    const sessions = answers.map(({ headers }) => headers.get("x-kiro-session"));
    assert.notEqual(sessions[0], sessions[1]);
    const turns = turnsOf("Same");
    assert.equal(new Set(turns.map(({ sessionId }) => sessionId)).size, 2);
    assert.equal(turns.length, 2);
  });

  it("takes the history of another principal for one that no session has", async () => {
    const other = gateway.addClient("reader");
    const first = bodyOf(`Secret ${fakeSay("Hidden.")}`);
    await (await post(first)).text();
    const next = { role: "user", content: `Peek ${fakeSay("Nothing.")}` };
    const answer = { role: "assistant", content: "Hidden." };
    await (await post({ ...first, messages: [...first.messages, answer, next] }, other)).text();
    const [owned] = turnsOf("Secret");
    const [peeked] = turnsOf("Peek");
    assert.notEqual(peeked?.sessionId, owned?.sessionId);
  });

  it("takes a history of 1.2 MB", async () => {
    const history = Array.from({ length: 1200 }, (_, index) => ({
      role: index % 2 === 0 ? "user" : "assistant",
      content: `${index} ${"x".repeat(1000)}`,
    }));
    const last = { role: "user", content: `Long ${fakeSay("Read.")}` };
    const answer = await post({ model: "kiro", messages: [...history, last] });
    assert.equal(answer.status, 200, await answer.clone().text());
    assert.match(await answer.text(), /Read\./);
  });
});
