import assert from "node:assert/strict";
import { AzureOpenAI } from "openai";
import { fakeSay } from "../fixtures/simulator/directive.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";

describe("Azure's client of OpenAI, with chat completions", () => {
  let gateway: GatewayBridge;
  before(async () => {
    gateway = await startGatewayBridge();
  });
  after(() => gateway.dispose());

  const messages = (content: string) => [{ role: "user", content } as const];
  const apiVersion = "2026-01-01";

  it("gets an answer with its key, from the deployment in its path", async () => {
    const azure = new AzureOpenAI({ endpoint: gateway.origin, apiKey: gateway.client.token, apiVersion });
    const body = { model: "kiro", messages: messages(`Hi ${fakeSay("Hello.")}`) };
    const { choices, model } = await azure.chat.completions.create(body);
    assert.deepEqual([choices[0]?.message.content, model], ["Hello.", "kiro"]);
  });

  it("gets a stream with a provider of tokens", async () => {
    const { token } = gateway.client;
    let asked = 0;
    const azureADTokenProvider = async () => {
      asked++;
      return token;
    };
    const azure = new AzureOpenAI({ endpoint: gateway.origin, azureADTokenProvider, apiVersion, deployment: "kiro" });
    const stream = await azure.chat.completions.create({
      model: "ignored-because-of-the-deployment",
      messages: messages(`Hi ${fakeSay("Hello.")}`),
      stream: true,
    });
    let text = "";
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
    assert.equal(text, "Hello.");
    assert.equal(asked, 1);
  });

  it("is refused with a wrong key", async () => {
    const azure = new AzureOpenAI({ endpoint: gateway.origin, apiKey: "wrong", apiVersion, maxRetries: 0 });
    await assert.rejects(azure.chat.completions.create({ model: "kiro", messages: messages("Hi") }), { status: 401 });
  });

  it("gets the same run for the same request at the other path", async () => {
    const before = gateway.startedPrompts().length;
    const body = { model: "kiro", messages: messages(`Twice ${fakeSay("Once.", { thinkMs: 500 })}`) };
    const headers = { Authorization: `Bearer ${gateway.client.token}` };
    const post = async (path: string) =>
      (
        await fetch(`${gateway.origin}${path}`, {
          method: "POST",
          headers: { ...headers, "Content-Type": "application/json" },
          body: JSON.stringify(body),
        })
      ).json();
    const both = await Promise.all([
      post("/v1/chat/completions"),
      post(`/openai/deployments/kiro/chat/completions?api-version=${apiVersion}`),
      post("/openai/v1/chat/completions"),
    ]);
    assert.deepEqual(both[1], both[0]);
    assert.deepEqual(both[2], both[0]);
    assert.equal(gateway.startedPrompts().length - before, 1);
  });
});
