import assert from "node:assert/strict";
import { createAnthropic } from "../../../../../src/agents/models/anthropic/createAnthropic.ts";
import { keyHeaderOf } from "../../../../../src/agents/models/http/keyHeader.ts";
import { engineSchema } from "../../../../../src/agents/engines/engineSettings.ts";
import type { PassedCall } from "../../../../../src/agents/models/wire.ts";
import type { RawHead } from "../../../../../src/core/models/modelCall.ts";
import { anthropicMessages, messagesStream } from "../../../../support/models/forms/anthropicMessages.ts";
import { ModelServer } from "../../../../support/models/modelServer.ts";
import { collected, NO_ABORT, stepRequest, wireOptions } from "../../../../support/models/wireOptions.ts";

describe("The vendors of Anthropic's protocol", () => {
  let server: ModelServer;
  beforeEach(async () => (server = await ModelServer.start()));
  afterEach(async () => await server.dispose());

  const wire = (settings: object = {}) =>
    createAnthropic(wireOptions({ wire: "anthropic", baseUrl: server.url, ...settings }, "key-1"));
  const passed = async (fields: Partial<PassedCall>, settings: object = {}) => {
    const heads: RawHead[] = [];
    const bytes: Uint8Array[] = [];
    const outcome = await wire(settings).pass?.(
      {
        kind: "raw",
        wire: "anthropic",
        path: "/messages",
        method: "POST",
        model: "claude-x",
        body: { model: "engine/claude-x", unknown: [1], max_tokens: 5 },
        headers: {},
        onHead: (head) => heads.push(head),
        onBytes: async (piece) => void bytes.push(piece),
        ...fields,
      },
      NO_ABORT,
    );
    return { head: heads[0], text: Buffer.concat(bytes).toString(), outcome };
  };

  it("have their paths below the base URL, with and without its version", async () => {
    const bases = ["", "/", "/v1", "/anthropic", "/anthropic/v1/"];
    for (const path of bases) {
      server.reply(anthropicMessages({ text: "ok" }));
      const baseUrl = `${server.url}${path}`;
      await collected(wire({ baseUrl }).stream(stepRequest(), NO_ABORT));
      server.reply({ body: '{"input_tokens":7}' });
      await passed({ path: "/messages/count_tokens?beta=true" }, { baseUrl });
    }
    const folders = ["", "", "", "/anthropic", "/anthropic"];
    assert.deepEqual(
      server.requests.map(({ url }) => url),
      folders.flatMap((folder) => [`${folder}/v1/messages`, `${folder}/v1/messages/count_tokens?beta=true`]),
    );
  });

  it("get the key where they expect it", () => {
    const headerOf = (settings: object) => keyHeaderOf(engineSchema.parse({ id: "x", wire: "anthropic", ...settings }));
    const entra = { kind: "entra", tenantId: "t", clientId: "c" };
    const foundry = "https://work.services.ai.azure.com/anthropic";
    assert.equal(headerOf({}), "x-api-key");
    assert.equal(headerOf({ baseUrl: foundry }), "x-api-key");
    assert.equal(headerOf({ baseUrl: foundry, auth: entra }), "authorization");
    assert.equal(headerOf({ baseUrl: "https://bedrock-mantle.us-east-1.api.aws/anthropic" }), "authorization");
    assert.equal(headerOf({ baseUrl: "https://bedrock-runtime.eu-west-1.amazonaws.com/anthropic" }), "authorization");
    assert.equal(headerOf({ baseUrl: "https://evil.example/.amazonaws.com" }), "x-api-key");
    assert.equal(headerOf({ keyHeader: "api-key" }), "api-key");
    assert.equal(headerOf({ wire: "openai-chat" }), "authorization");
    assert.equal(headerOf({ wire: "openai-chat", apiVersion: "2024-10-21" }), "api-key");
    assert.equal(headerOf({ wire: "openai-chat", apiVersion: "2024-10-21", auth: entra }), "authorization");
  });

  it("get bearer tokens and the headers of the engine, and nothing of the environment", async () => {
    const environment = {
      ANTHROPIC_API_KEY: "of-the-environment",
      ANTHROPIC_AUTH_TOKEN: "of-the-environment",
      ANTHROPIC_BASE_URL: "http://127.0.0.1:9/of-the-environment",
      ANTHROPIC_CUSTOM_HEADERS: "X-Other: of-the-environment\nAuthorization: of-the-environment\n: of-the-environment",
      ANTHROPIC_PROFILE: "of-the-environment",
    };
    const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, environment);
    try {
      const of = wire({ keyHeader: "authorization", headers: { "X-Mine": "1", "X-Api-Key": "not-a-key-of-settings" } });
      server.reply(anthropicMessages({ text: "ok" }));
      await collected(of.stream(stepRequest(), NO_ABORT));
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
    const { headers } = server.at(0);
    assert.equal(headers["authorization"], "Bearer key-1");
    assert.deepEqual([headers["x-mine"], headers["x-api-key"], headers["x-other"]], ["1", undefined, undefined]);
    assert.doesNotMatch(JSON.stringify(server.requests), /of-the-environment|not-a-key-of-settings/);
  });

  it("list their models", async () => {
    const data = [{ id: "claude-x", display_name: "Claude X", type: "model" }, { id: "claude-y" }, { id: 7 }, null];
    server.reply({ body: JSON.stringify({ data, has_more: false }) }, { body: "{}" }, { status: 404, body: "" });
    assert.deepEqual(await wire().listModels(NO_ABORT), [
      { id: "claude-x", name: "Claude X" },
      { id: "claude-y", name: "claude-y" },
    ]);
    assert.equal(server.at(0).url, "/v1/models?limit=1000");
    await assert.rejects(wire().listModels(NO_ABORT), { kind: "protocol" });
    await assert.rejects(wire().listModels(NO_ABORT), { kind: "not-found" });
  });

  it("get a request of a client unchanged but for the model and the key, and answer it unchanged", async () => {
    const stream = messagesStream({ text: "Hi", model: "claude-x-1", usage: { input: 20, cached: 8, output: 7 } });
    server.reply({
      headers: { "content-type": "text/event-stream", "request-id": "req_1", "set-cookie": "a=b" },
      body: stream,
    });
    const headers = { "anthropic-beta": "a-beta", "anthropic-version": "2023-06-01", "x-api-key": "of-the-client" };
    const { head, text, outcome } = await passed({ headers });
    assert.equal(text, stream);
    assert.deepEqual(head, { status: 200, headers: { "content-type": "text/event-stream", "request-id": "req_1" } });
    assert.deepEqual(outcome, {
      status: 200,
      usage: { inputTokens: 20, outputTokens: 7, cachedInputTokens: 8, cacheWriteTokens: 0 },
      model: "claude-x-1",
    });
    const request = server.at(0);
    assert.equal(request.body.toString(), '{"model":"claude-x","unknown":[1],"max_tokens":5}');
    assert.deepEqual(
      ["anthropic-beta", "anthropic-version", "x-api-key"].map((name) => request.headers[name]),
      ["a-beta", "2023-06-01", "key-1"],
    );
  });

  it("count tokens, which costs nothing, and answer errors in their own words", async () => {
    const error = '{"type":"error","error":{"type":"invalid_request_error","message":"no"}}';
    server.reply({ body: '{"input_tokens":7}' }, { status: 400, body: error });
    const counted = await passed({ path: "/messages/count_tokens" });
    assert.deepEqual([counted.text, counted.outcome?.usage], ['{"input_tokens":7}', undefined]);
    assert.match(server.at(0).headers["anthropic-version"] ?? "", /^\d{4}-\d\d-\d\d$/);
    const failed = await passed({});
    assert.deepEqual([failed.head?.status, failed.text, failed.outcome?.status], [400, error, 400]);
  });
});
