import assert from "node:assert/strict";
import OpenAI, { AzureOpenAI } from "openai";
import { engineModels, type EngineGateway, startEngineGateway } from "../../support/gateways/startEngineGateway.ts";
import { never } from "../../support/models/modelServer.ts";

const question = { role: "user", content: "Weather?" } as const;
const parameters = { type: "object", properties: { city: { type: "string" } } };
const call = { id: "call_1", name: "weather", arguments: '{"city":"Bern"}' };

describe("The SDK of OpenAI, with models of engines", () => {
  let gateway: EngineGateway;
  let openai: OpenAI;
  before(async () => {
    gateway = await startEngineGateway();
    openai = new OpenAI({ baseURL: gateway.openaiUrl, apiKey: gateway.client.token, maxRetries: 0 });
  });
  after(() => gateway.dispose());

  for (const [protocol, model] of Object.entries(engineModels)) {
    it(`runs a tool in a chat, with a stream, by ${protocol}`, async () => {
      gateway.say({ calls: [call] }, { text: ["Sunny ", "in Bern."], usage: { input: 21, output: 6 } });
      const cities: string[] = [];
      const runner = openai.chat.completions.runTools({
        model,
        messages: [question],
        stream: true,
        stream_options: { include_usage: true },
        tools: [
          {
            type: "function",
            function: {
              name: "weather",
              description: "The weather of a city",
              parameters,
              parse: (text: string): unknown => JSON.parse(text),
              function: (args: unknown) => cities.push(JSON.stringify(args)),
            },
          },
        ],
      });
      assert.equal(await runner.finalContent(), "Sunny in Bern.");
      assert.deepEqual(cities, ['{"city":"Bern"}']);
      const { usage } = await runner.finalChatCompletion();
      assert.deepEqual([usage?.prompt_tokens, usage?.completion_tokens], [21, 6]);
    });

    it(`runs a tool in responses that continue each other, by ${protocol}`, async () => {
      const isPassed = protocol === "responses";
      gateway.say({ calls: [call] }, { text: "Sunny." });
      const tools = [{ type: "function", name: "weather", parameters, strict: false } as const];
      const first = await openai.responses.create({ model, input: "Weather?", tools });
      const [asked] = first.output.filter((item) => item.type === "function_call");
      assert.deepEqual([asked?.name, asked?.arguments], [call.name, call.arguments]);
      const output = { type: "function_call_output", call_id: asked?.call_id ?? "", output: "sun" } as const;
      const next = { model, tools, input: [output], previous_response_id: first.id };
      assert.equal((await openai.responses.create(next)).output_text, "Sunny.");
      const sent = JSON.stringify(gateway.vendor.at(-1).json);
      assert.equal(sent.includes("previous_response_id"), isPassed);
      assert.equal(sent.includes("Weather?"), !isPassed);
    });

    it(`streams a response by ${protocol}`, async () => {
      gateway.say({ text: ["one ", "two"] });
      const stream = openai.responses.stream({ model, input: "Count" });
      assert.equal((await stream.finalResponse()).output_text, "one two");
    });

    it(`gets an error of the vendor as one of its own, by ${protocol}`, async () => {
      const error = { type: "error", message: "The model does not exist.", param: "model", code: "model_not_found" };
      gateway.vendor.reply({ status: 404, body: JSON.stringify({ type: "error", error }) });
      await assert.rejects(openai.chat.completions.create({ model, messages: [question] }), {
        status: 404,
        message: /does not exist/,
      });
    });

    it(`cancels the request to the vendor when it is aborted, by ${protocol}`, async () => {
      gateway.vendor.reply({ body: "", headUntil: never });
      const count = gateway.vendor.requests.length;
      const abort = new AbortController();
      const asking = openai.chat.completions.create({ model, messages: [question] }, { signal: abort.signal });
      const { closed } = await gateway.vendor.request(count);
      abort.abort();
      await assert.rejects(asking);
      if (!closed.aborted) await new Promise((resolve) => closed.addEventListener("abort", resolve));
    });
  }

  it("passes a chat byte by byte, with fields that only the vendor knows", async () => {
    const completion = { id: "chatcmpl-1", object: "chat.completion", choices: [], model: "m", own: { of: "vendor" } };
    gateway.vendor.reply({ body: JSON.stringify(completion) });
    const body = { model: engineModels.chat, messages: [question], seed: 7, n: 2, unheard_of: true };
    const answer = await openai.chat.completions.create(body);
    assert.deepEqual({ ...answer, _request_id: undefined }, { ...completion, _request_id: undefined });
    assert.deepEqual(gateway.vendor.at(-1).json, { ...body, model: "test-model" });
    assert.equal(gateway.vendor.at(-1).headers["authorization"], undefined);
  });

  it("is told that the key of the engine is wrong, not its own", async () => {
    gateway.vendor.reply({ status: 401, body: JSON.stringify({ error: { message: "Incorrect API key." } }) });
    const asking = openai.chat.completions.create({ model: engineModels.chat, messages: [question] });
    await assert.rejects(asking, { status: 503, code: "engine-unauthorized" });
  });

  it("gets embeddings, in base64 as it asks for by itself, and as numbers", async () => {
    const vectors = [
      [0.5, -0.25],
      [1, 2],
    ];
    const data = (format: unknown) =>
      vectors.map((vector, index) => ({
        object: "embedding",
        index,
        embedding: format === "base64" ? Buffer.from(Float32Array.from(vector).buffer).toString("base64") : vector,
      }));
    const reply = ({ json }: { readonly json: unknown }) => ({
      body: JSON.stringify({
        object: "list",
        data: data(Object(json).encoding_format),
        model: "vectors-1",
        usage: { prompt_tokens: 4, total_tokens: 4 },
      }),
    });
    const azure = new AzureOpenAI({ endpoint: gateway.origin, apiKey: gateway.client.token, apiVersion: "2026-01-01" });
    for (const [client, more] of [
      [openai, {}],
      [openai, { encoding_format: "float" as const }],
      [azure, {}],
    ] as const) {
      gateway.vendor.reply(reply);
      const { data: found, usage } = await client.embeddings.create({ model: "by-chat", input: ["a", "b"], ...more });
      assert.deepEqual([found.map(({ embedding }) => embedding), usage.prompt_tokens], [vectors, 4]);
    }
    assert.equal(Object(gateway.vendor.at(-1).json).model, "vectors");
  });

  it("lists the models that the vendor has", async () => {
    gateway.vendor.otherwise = { body: JSON.stringify({ object: "list", data: [{ id: "listed", object: "model" }] }) };
    const ids = (await openai.models.list()).data.map(({ id }) => id);
    assert.ok(ids.includes("by-chat") && ids.includes("by-responses/listed"), ids.join());
  });
});
