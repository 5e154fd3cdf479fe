import assert from "node:assert/strict";
import { createOpenAiChat } from "../../../../../src/agents/models/openai/chat/openAiChat.ts";
import type { EmbedRequest } from "../../../../../src/core/models/modelCall.ts";
import { failureOf } from "../../../../support/models/failedSteps.ts";
import { ModelServer, type ModelReply, type ModelScript } from "../../../../support/models/modelServer.ts";
import { NO_ABORT, wireOptions } from "../../../../support/models/wireOptions.ts";

interface Sent {
  readonly input: readonly (string | readonly number[])[];
  readonly encoding_format?: string;
  readonly dimensions?: number;
}

/** Answers with vectors of the length of the text and its place, in the wrong order, as the request asks for them. */
const embeddings: ModelScript = ({ json }) => {
  const { input, encoding_format: format } = json as Sent;
  const data = input.map((text, index) => {
    const vector = Float32Array.of(text.length, index, 0.1);
    const embedding = format === "base64" ? Buffer.from(vector.buffer).toString("base64") : Array.from(vector);
    return { object: "embedding", index, embedding };
  });
  const usage = { prompt_tokens: input.length, total_tokens: input.length };
  return jsonReply({ object: "list", data: data.toReversed(), model: "embed-2026", usage });
};

function jsonReply(body: object): ModelReply {
  return { body: JSON.stringify(body) };
}

describe("Embeddings of OpenAI's protocols", () => {
  let server: ModelServer;
  beforeEach(async () => {
    server = await ModelServer.start();
    server.otherwise = embeddings;
  });
  afterEach(async () => await server.dispose());

  const embed = async (
    request: Partial<EmbedRequest>,
    wire = createOpenAiChat(wireOptions({ baseUrl: `${server.url}/v1` })),
  ) => {
    assert.ok(wire.embed);
    return await wire.embed({ model: "embed", input: ["a"], ...request }, NO_ABORT);
  };
  const float = Math.fround(0.1);

  it("are exact, in the order of their texts", async () => {
    const result = await embed({ input: ["a", "bb", "ccc"], dimensions: 3 });
    assert.deepEqual(result, {
      vectors: [
        [1, 0, float],
        [2, 1, float],
        [3, 2, float],
      ],
      model: "embed-2026",
      inputTokens: 3,
    });
    assert.equal(server.at(0).url, "/v1/embeddings");
    assert.deepEqual(server.at(0).json, {
      model: "embed",
      input: ["a", "bb", "ccc"],
      dimensions: 3,
      encoding_format: "base64",
    });
  });

  it("come in as many requests as it takes, texts apart from tokens", async () => {
    const texts = Array.from({ length: 200 }, (_, index) => "x".repeat(index + 1));
    const result = await embed({ input: [...texts, [1, 2], [3]] });
    assert.deepEqual(
      result.vectors.map(([length]) => length),
      [...texts.map(({ length }) => length), 2, 1],
    );
    assert.equal(result.inputTokens, 202);
    const inputs = server.requests.map(({ json }) => (json as Sent).input);
    assert.deepEqual(inputs.flat().length, 202);
    assert.ok(inputs.every((input) => input.length <= 96));
    assert.deepEqual(inputs.at(-1), [[1, 2], [3]]);
    await embed({ input: ["y".repeat(390_000), "y".repeat(390_000)] });
    assert.equal(server.requests.length, inputs.length + 2);
  });

  it("come as numbers from servers without base64, which are asked once", async () => {
    const wire = createOpenAiChat(wireOptions({ baseUrl: `${server.url}/v1` }));
    const problem = { error: { message: "encoding_format: unsupported value base64", type: "invalid_request_error" } };
    server.reply({ status: 400, ...jsonReply(problem) });
    assert.deepEqual((await embed({}, wire)).vectors, [[1, 0, float]]);
    assert.deepEqual((await embed({}, wire)).vectors, [[1, 0, float]]);
    assert.deepEqual(
      server.requests.map(({ json }) => (json as Sent).encoding_format),
      ["base64", undefined, undefined],
    );
  });

  it("are refused if they are not what was asked for", async () => {
    const vector = (index: number, embedding: unknown) => ({ object: "embedding", index, embedding });
    const nan = Buffer.from(Float32Array.of(Number.NaN, 1).buffer).toString("base64");
    for (const data of [
      [vector(0, [1])],
      [vector(0, [1]), vector(0, [2])],
      [vector(0, [1]), vector(1, [1, 2])],
      [vector(0, nan), vector(1, nan)],
      [vector(0, []), vector(1, [])],
      [vector(0, [1]), vector(1, null)],
      "none",
    ]) {
      server.reply(jsonReply({ data }));
      assert.equal((await failureOf(embed({ input: ["a", "b"] }))).kind, "protocol", JSON.stringify(data));
    }
    server.reply({ headers: { "content-type": "text/html" }, body: "<html>" });
    assert.equal((await failureOf(embed({}))).kind, "protocol");
  });
});
