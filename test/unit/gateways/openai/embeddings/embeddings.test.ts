import assert from "node:assert/strict";
import { once } from "node:events";
import type { EmbedRequest } from "../../../../../src/core/models/modelCall.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import type { AnsweringModel } from "../../../../support/gateways/fakeEngines.ts";
import { type ModelBridge, startModelBridge } from "../../../../support/gateways/startModelBridge.ts";

const path = "/v1/embeddings";

/** Answers with a vector for each input, and remembers what was asked. */
function embedding(vectorOf: (index: number) => readonly number[], asked: EmbedRequest[] = []): AnsweringModel {
  return async (call) => {
    assert.ok(call.kind === "embed");
    asked.push(call.request);
    const vectors = call.request.input.map((_input, index) => vectorOf(index));
    call.onResult({ vectors, model: "vectors-1", inputTokens: 5 });
  };
}

describe("POST /v1/embeddings", () => {
  let models: ModelBridge;
  before(async () => {
    models = await startModelBridge();
  });
  after(() => models.dispose());

  const post = (more: object) => models.call(path, { body: { model: "chat", input: "Hi", ...more } });

  it("has the vectors of an engine, in the order of the texts, as one execution", async () => {
    models.chat.answer = embedding((index) => [index, 0.5]);
    const { status, json, headers } = await post({ input: ["a", "b"] });
    assert.equal(status, 200);
    assert.deepEqual(json, {
      object: "list",
      data: [
        { object: "embedding", index: 0, embedding: [0, 0.5] },
        { object: "embedding", index: 1, embedding: [1, 0.5] },
      ],
      model: "vectors-1",
      usage: { prompt_tokens: 5, total_tokens: 5 },
    });
    const { command, args } = models.bridge.core.executions.get(String(headers["x-request-id"]))?.task ?? {};
    assert.deepEqual([command, args, headers["x-kiro-agent"]], ["kiro.engines.chat.embed", ["a\nb"], "chat"]);
  });

  it("has 32-bit floats in base64, if that is asked for", async () => {
    models.chat.answer = embedding(() => [0.25, -1.5, 3]);
    const { json } = await post({ encoding_format: "base64" });
    const bytes = Buffer.from(String(Object(json).data[0].embedding), "base64");
    assert.deepEqual(
      [0, 4, 8].map((at) => bytes.readFloatLE(at)),
      [0.25, -1.5, 3],
    );
  });

  it("takes a text, tokens, and several of both, and the number of dimensions", async () => {
    const asked: EmbedRequest[] = [];
    models.chat.answer = embedding(() => [1], asked);
    for (const input of ["a", [1, 2], ["a", "b"], [[1], [2, 3]]]) await post({ input, dimensions: 8, user: "u" });
    assert.deepEqual(
      asked.map(({ input }) => input),
      [["a"], [[1, 2]], ["a", "b"], [[1], [2, 3]]],
    );
    assert.deepEqual([asked[0]?.dimensions, asked[0]?.model], [8, "vectors"]);
  });

  it("is for the model in its name or in the path of Azure", async () => {
    const asked: EmbedRequest[] = [];
    models.chat.answer = embedding(() => [1], asked);
    await post({ model: "chat/text-embedding-3-small" });
    const other = `/openai/deployments/${encodeURIComponent("chat/other")}/embeddings?api-version=1`;
    assert.equal((await models.call(other, { body: { input: "a" } })).status, 200);
    assert.deepEqual(
      asked.map(({ model }) => model),
      ["text-embedding-3-small", "other"],
    );
  });

  const refused: readonly (readonly [what: string, param: string, more: object])[] = [
    ["no text", "input", { input: [] }],
    ["an empty text", "input", { input: "" }],
    ["too many texts", "input", { input: Array.from({ length: 2049 }, () => "a") }],
    ["negative tokens", "input", { input: [-1] }],
    ["another encoding", "encoding_format", { encoding_format: "hex" }],
    ["no dimensions", "dimensions", { dimensions: 0 }],
    ["a field that cannot pass", "input_type", { input_type: "query" }],
    ["a model that computes none", "model", { model: "anthropic" }],
    ["an agent", "model", { model: "kiro" }],
    ["a model that nobody has", "model", { model: "nobody/has" }],
  ];
  for (const [what, param, more] of refused) {
    it(`refuses ${what} with 400, which no client repeats`, async () => {
      const { status, json } = await post(more);
      assert.deepEqual([status, Object(json).error.param], [400, param]);
    });
  }

  it("says which engines compute embeddings", async () => {
    const { text } = await post({ model: "kiro" });
    assert.match(text, /Use 'chat\/<model>'\./);
  });

  it("has the failure of the engine", async () => {
    const failures = [
      ["RATE_LIMIT_EXCEEDED", 429],
      ["OPERATION_TIMEOUT", 408],
      ["NOT_FOUND", 404],
    ] as const;
    for (const [code, status] of failures) {
      models.chat.answer = () => Promise.reject(new BridgeError(code, "Why."));
      assert.equal((await post({})).status, status);
      const azure = await models.call("/openai/deployments/chat/embeddings", { body: { input: "a" } });
      assert.equal(azure.status, status);
    }
  });

  it("is cancelled when its client closes the connection", async () => {
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    models.chat.answer = async (_call, { signal }) => {
      started.resolve();
      await once(signal, "abort");
      aborted.resolve();
      throw signal.reason;
    };
    const abort = new AbortController();
    const asking = fetch(models.origin + path, {
      method: "POST",
      body: JSON.stringify({ model: "chat", input: "a" }),
      headers: { Authorization: `Bearer ${models.client.token}`, "Content-Type": "application/json" },
      signal: abort.signal,
    });
    await started.promise;
    abort.abort();
    await assert.rejects(asking);
    await aborted.promise;
  });
});
