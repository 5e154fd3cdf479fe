import assert from "node:assert/strict";
import { AzureOpenAI } from "openai/azure";
import { OpenAI } from "openai/client";
import { createOpenAiChat } from "../../../../../src/agents/models/openai/chat/openAiChat.ts";
import { createOpenAiResponses } from "../../../../../src/agents/models/openai/responses/openAiResponses.ts";
import { chatCompletion, openAiChat } from "../../../../support/models/forms/openAiChat.ts";
import { openAiResponses } from "../../../../support/models/forms/openAiResponses.ts";
import { ModelServer, type ModelRequest } from "../../../../support/models/modelServer.ts";
import { collected, NO_ABORT, stepRequest, wireOptions } from "../../../../support/models/wireOptions.ts";

const API_VERSION = "2024-10-21";
const MODEL = "my deployment/ä";
const ENTRA = { kind: "entra", tenantId: "t", clientId: "c", scope: "s", authority: "https://login.example" } as const;

/** All of a request but what differs between two connections, and the times that only the client knows. */
function essence({ method, url, headers, body }: ModelRequest) {
  const kept = Object.entries(headers).filter(([name]) => !/^(?:host|connection|x-stainless-timeout)$/.test(name));
  return { method, url, headers: Object.fromEntries(kept), body: body.toString() };
}

describe("Azure OpenAI, as its official client calls it", () => {
  let server: ModelServer;
  beforeEach(async () => (server = await ModelServer.start()));
  afterEach(async () => await server.dispose());

  /** The official client's request, and ours. */
  const assertSame = (): void => {
    assert.equal(server.requests.length, 2);
    assert.deepEqual(essence(server.at(1)), essence(server.at(0)));
    server.requests.splice(0);
  };
  const ask = async (client: OpenAI) => {
    const stream = await client.chat.completions.create({
      model: MODEL,
      messages: [{ role: "user", content: "Hi" }],
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const _ of stream);
  };
  const askOurs = async (settings: Parameters<typeof wireOptions>[0], key: string) =>
    await collected(createOpenAiChat(wireOptions(settings, key)).stream(stepRequest({ model: MODEL }), NO_ABORT));

  it("has a deployment by its path, with a key in the header of its own", async () => {
    server.otherwise = openAiChat({ text: "Yes" });
    const options = { apiVersion: API_VERSION, maxRetries: 0 };
    for (const path of ["", "/", "/openai", "/openai/"]) {
      await ask(new AzureOpenAI({ endpoint: server.url, apiKey: "key-1", ...options }));
      const { url, headers } = server.at(0);
      assert.equal(url, `/openai/deployments/my%20deployment%2F%C3%A4/chat/completions?api-version=${API_VERSION}`);
      assert.deepEqual([headers["api-key"], headers["authorization"]], ["key-1", undefined]);
      await askOurs({ baseUrl: server.url + path, apiVersion: API_VERSION }, "key-1");
      assertSame();
    }
    const baseURL = `${server.url}/proxy/openai/deployments/fixed`;
    await ask(new AzureOpenAI({ baseURL, apiKey: "key-1", ...options }));
    await askOurs({ baseUrl: baseURL, apiVersion: API_VERSION }, "key-1");
    assertSame();
  });

  it("takes a token of Microsoft Entra as a bearer", async () => {
    server.otherwise = openAiChat({ text: "Yes" });
    const azureADTokenProvider = async () => "entra-token";
    await ask(new AzureOpenAI({ endpoint: server.url, azureADTokenProvider, apiVersion: API_VERSION, maxRetries: 0 }));
    assert.equal(server.at(0).headers["authorization"], "Bearer entra-token");
    assert.equal(server.at(0).headers["api-key"], undefined);
    await askOurs({ baseUrl: server.url, apiVersion: API_VERSION, auth: ENTRA }, "entra-token");
    assertSame();
  });

  it("has the same path as OpenAI at `/openai/v1`", async () => {
    server.otherwise = openAiChat({ text: "Yes" });
    const baseURL = `${server.url}/openai/v1/`;
    await ask(new OpenAI({ baseURL, apiKey: async () => "entra-token", maxRetries: 0 }));
    assert.equal(server.at(0).url, "/openai/v1/chat/completions");
    await askOurs({ baseUrl: baseURL, auth: ENTRA }, "entra-token");
    assertSame();
  });

  it("has responses and embeddings", async () => {
    const client = new AzureOpenAI({ endpoint: server.url, apiKey: "key-1", apiVersion: API_VERSION, maxRetries: 0 });
    const settings = { baseUrl: server.url, apiVersion: API_VERSION };
    server.otherwise = openAiResponses({ text: "Yes" });
    const stream = await client.responses.create({
      model: MODEL,
      input: [{ role: "user", content: "Hi" }],
      stream: true,
      store: false,
      include: ["reasoning.encrypted_content"],
      reasoning: { summary: "auto" },
    });
    for await (const _ of stream);
    assert.equal(server.at(0).url, `/openai/responses?api-version=${API_VERSION}`);
    const responses = createOpenAiResponses(wireOptions({ ...settings, wire: "openai-responses" }, "key-1"));
    await collected(responses.stream(stepRequest({ model: MODEL }), NO_ABORT));
    assertSame();

    const data = [{ object: "embedding", index: 0, embedding: [0.5] }];
    server.otherwise = { body: JSON.stringify({ object: "list", data, model: MODEL, usage: { prompt_tokens: 1 } }) };
    await client.embeddings.create({ model: MODEL, input: ["a"], encoding_format: "base64" });
    assert.match(server.at(0).url, /^\/openai\/deployments\/my%20deployment%2F%C3%A4\/embeddings\?/);
    await createOpenAiChat(wireOptions(settings, "key-1")).embed?.({ model: MODEL, input: ["a"] }, NO_ABORT);
    assertSame();
  });

  it("gets requests that pass through at the same address", async () => {
    const body = { messages: [{ role: "user", content: "Hi" }], model: MODEL };
    server.otherwise = { body: JSON.stringify(chatCompletion({ text: "Yes" })) };
    const client = new AzureOpenAI({ endpoint: server.url, apiKey: "key-1", apiVersion: API_VERSION, maxRetries: 0 });
    await client.post("/chat/completions", { body });
    const wire = createOpenAiChat(wireOptions({ baseUrl: server.url, apiVersion: API_VERSION }, "key-1"));
    const passed = await wire.pass?.(
      {
        kind: "raw",
        wire: "openai-chat",
        path: "/chat/completions",
        method: "POST",
        model: MODEL,
        body: { ...body, model: "azure/x" },
        headers: {},
        onHead: () => undefined,
        onBytes: async () => undefined,
      },
      NO_ABORT,
    );
    assert.equal(passed?.status, 200);
    const [theirs, ours] = [server.at(0), server.at(1)];
    assert.deepEqual([ours.url, ours.body.toString()], [theirs.url, theirs.body.toString()]);
    assert.equal(ours.headers["api-key"], "key-1");
  });
});

describe("The client of OpenAI's wires", () => {
  const set = { OPENAI_API_KEY: "sk-env", OPENAI_BASE_URL: "http://192.0.2.1/v1", OPENAI_ORG_ID: "org-env" };
  const more = {
    OPENAI_PROJECT_ID: "proj-env",
    OPENAI_CUSTOM_HEADERS: "x-env: 1\nno header\n: 2",
    OPENAI_LOG: "debug",
  };
  const before = { ...process.env };
  beforeEach(() => Object.assign(process.env, set, more, { AZURE_OPENAI_API_KEY: "azure-env" }));
  afterEach(() => {
    for (const name of [...Object.keys(set), ...Object.keys(more), "AZURE_OPENAI_API_KEY"]) delete process.env[name];
    Object.assign(process.env, before);
  });

  it("takes nothing from the environment, and adds the headers of the settings", async () => {
    const server = await ModelServer.start();
    server.otherwise = openAiChat({ text: "Yes" });
    try {
      for (const apiVersion of [undefined, API_VERSION]) {
        const settings = { baseUrl: `${server.url}/v1`, headers: { "x-mine": "2" }, ...(apiVersion && { apiVersion }) };
        await collected(createOpenAiChat(wireOptions(settings)).stream(stepRequest(), NO_ABORT));
        const { headers } = server.at(-1);
        assert.doesNotMatch(JSON.stringify(headers), /env/);
        assert.equal(headers["authorization"] ?? headers["api-key"], undefined);
        assert.equal(headers["x-env"], undefined);
        assert.equal(headers["x-mine"], "2");
      }
      assert.equal(server.requests.length, 2);
    } finally {
      await server.dispose();
    }
  });
});
