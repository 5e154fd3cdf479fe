import assert from "node:assert/strict";
import OpenAI, { APIUserAbortError, BadRequestError, NotFoundError } from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import * as z from "zod";
import { fakeCalls, fakeSay } from "../fixtures/simulator/directive.ts";
import {
  assertCancelled,
  assertOnePrompt,
  assertSameSession,
  prompts,
  promptsEnded,
  Weather,
} from "../support/gateways/gatewayTests.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";

const user = (content: string) => ({ role: "user", content }) as const;
const citySchema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };

describe("OpenAI's client, with chat completions", () => {
  let gateway: GatewayBridge;
  let openai: OpenAI;
  before(async () => {
    gateway = await startGatewayBridge();
    openai = new OpenAI({ baseURL: gateway.openaiUrl, apiKey: gateway.client.token });
  });
  after(() => gateway.dispose());

  it("gets an answer, with its usage and its session", async () => {
    await assertOnePrompt(gateway, async () => {
      const messages = [user(`Hi ${fakeSay("Hello.")}`)];
      const { data, response } = await openai.chat.completions
        .create({ model: "kiro", messages, temperature: 0 })
        .withResponse();
      assert.deepEqual(data.choices[0]?.message, { role: "assistant", content: "Hello.", refusal: null });
      assert.equal(data.choices[0]?.finish_reason, "stop");
      assert.equal(data.model, "kiro");
      assert.ok((data.usage?.prompt_tokens ?? 0) > 0 && (data.usage?.completion_tokens ?? 0) > 0);
      assert.match(response.headers.get("x-kiro-session") ?? "", /./);
      assert.equal(response.headers.get("x-kiro-bridge-ignored"), "temperature");
      assert.equal(response.headers.get("x-request-id"), gateway.startedPrompts().at(-1));
    });
  });

  it("gets a stream, with the usage in its last chunk", async () => {
    await assertOnePrompt(gateway, async () => {
      const stream = await openai.chat.completions.create({
        model: "kiro",
        messages: [user(`Hi ${fakeSay("one two three")}`)],
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join(""), "one two three");
      assert.equal(chunks.at(0)?.choices[0]?.delta.role, "assistant");
      assert.equal(chunks.at(-2)?.choices[0]?.finish_reason, "stop");
      assert.deepEqual(chunks.at(-1)?.choices, []);
      assert.ok((chunks.at(-1)?.usage?.total_tokens ?? 0) > 0);
    });
  });

  it("gets a stream by its helper", async () => {
    const deltas: string[] = [];
    const stream = openai.chat.completions
      .stream({ model: "kiro", messages: [user(`Hi ${fakeSay("one two three")}`)] })
      .on("content", (delta) => deltas.push(delta));
    assert.equal(await stream.finalContent(), "one two three");
    assert.equal(deltas.join(""), "one two three");
  });

  it("parses an answer of a schema", async () => {
    const { choices } = await openai.chat.completions.parse({
      model: "kiro",
      messages: [user(`Weather? ${fakeSay('```json\n{"city":"Bern","degrees":21}\n```')}`)],
      response_format: zodResponseFormat(z.object({ city: z.string(), degrees: z.number() }), "weather"),
    });
    assert.deepEqual(choices[0]?.message.parsed, { city: "Bern", degrees: 21 });
  });

  it("stops at a stop sequence", async () => {
    const { choices } = await openai.chat.completions.create({
      model: "kiro",
      messages: [user(`Count ${fakeSay("one two END three")}`)],
      stop: "END",
    });
    assert.deepEqual([choices[0]?.message.content, choices[0]?.finish_reason], ["one two ", "stop"]);
    await promptsEnded(gateway);
  });

  it("goes on in the same session of the agent, by the transcript", async () => {
    const first = `Hi ${fakeSay("Hello.")}`;
    const messages = [user(first)];
    const { choices } = await openai.chat.completions.create({ model: "kiro", messages });
    const answer = choices[0]?.message;
    assert.ok(answer !== undefined);
    const second = await openai.chat.completions.create({
      model: "kiro",
      messages: [...messages, answer, user(prompts.again)],
    });
    assert.equal(second.choices[0]?.message.content, "Yes.");
    assertSameSession(gateway, prompts.again);
  });

  for (const isStream of [false, true]) {
    it(`runs a tool that it lends, ${isStream ? "with" : "without"} a stream`, async () => {
      const tool = new Weather();
      await assertOnePrompt(gateway, async () => {
        const weather = {
          type: "function",
          function: {
            name: "weather",
            description: "The weather of a city",
            parameters: citySchema,
            parse: JSON.parse,
            function: tool.of,
          },
        } as const;
        const common = { model: "kiro", messages: [user(prompts.weather)], tools: [weather] };
        const runner = isStream
          ? openai.chat.completions.runTools({ ...common, stream: true })
          : openai.chat.completions.runTools(common);
        tool.assertRun(await runner.finalContent());
      });
    });
  }

  it("runs several tools at once", async () => {
    const names = ["my.tools.weather", "x".repeat(200)];
    const tools = names.map((name) => ({ type: "function", function: { name, parameters: citySchema } }) as const);
    const messages = [user(`Go ${fakeCalls([[{ args: { city: "Bern" } }, { args: { city: "Basel" } }]])}`)];
    const first = await openai.chat.completions.create({ model: "kiro", messages, tools });
    const answer = first.choices[0]?.message;
    assert.equal(first.choices[0]?.finish_reason, "tool_calls");
    assert.ok(answer?.tool_calls !== undefined);
    assert.deepEqual(
      answer.tool_calls.map((call) => call.type === "function" && [call.function.name, call.function.arguments]),
      [
        [names[0], '{"city":"Bern"}'],
        [names[0], '{"city":"Basel"}'],
      ],
    );
    const results = answer.tool_calls.map(({ id }, index) => ({
      role: "tool" as const,
      tool_call_id: id,
      content: `result ${index}`,
    }));
    const second = await openai.chat.completions.create({
      model: "kiro",
      messages: [...messages, answer, ...results],
      tools,
    });
    assert.match(second.choices[0]?.message.content ?? "", /returned: result 0\n.*returned: result 1/);
  });

  it("runs a function of the older form", async () => {
    const functions = [{ name: "weather", parameters: citySchema }];
    const messages = [user(`Weather? ${fakeCalls([[{ args: { city: "Bern" } }]])}`)];
    await assertOnePrompt(gateway, async () => {
      const first = await openai.chat.completions.create({ model: "kiro", messages, functions });
      const answer = first.choices[0]?.message;
      assert.equal(first.choices[0]?.finish_reason, "function_call");
      assert.ok(answer !== undefined);
      assert.deepEqual(answer.function_call, { name: "weather", arguments: '{"city":"Bern"}' });
      const result = { role: "function", name: "weather", content: "Sunny" } as const;
      const second = await openai.chat.completions.create({
        model: "kiro",
        messages: [...messages, answer, result],
        functions,
      });
      assert.match(second.choices[0]?.message.content ?? "", /weather returned: Sunny/);
    });
  });

  it("gets a call of the one tool that it requires", async () => {
    const { choices } = await openai.chat.completions.create({
      model: "kiro",
      messages: [user(`Weather? ${fakeSay('{"city":"Bern"}')}`)],
      tools: [{ type: "function", function: { name: "weather", parameters: citySchema } }],
      tool_choice: "required",
    });
    const [call] = choices[0]?.message.tool_calls ?? [];
    assert.ok(call?.type === "function");
    assert.equal(call.function.name, "weather");
    assert.deepEqual(JSON.parse(call.function.arguments), { city: "Bern" });
  });

  it("lists models and retrieves one", async () => {
    const { data } = await openai.models.list();
    assert.ok(data.some(({ id }) => id === "kiro"));
    assert.equal((await openai.models.retrieve("kiro")).id, "kiro");
  });

  it("gets the classes of its errors", async () => {
    const messages = [user("Hi")];
    await assert.rejects(openai.chat.completions.create({ model: "kiro", messages, n: 2 }), (error) => {
      assert.ok(error instanceof BadRequestError);
      assert.deepEqual([error.type, error.param], ["invalid_request_error", "n"]);
      return true;
    });
    await assert.rejects(openai.chat.completions.create({ model: "gpt-nobody-has", messages }), (error) => {
      assert.ok(error instanceof NotFoundError);
      assert.equal(error.code, "model_not_found");
      return true;
    });
    await assert.rejects(openai.embeddings.create({ model: "kiro", input: "Hi" }), BadRequestError);
    const stranger = new OpenAI({ baseURL: gateway.openaiUrl, apiKey: "wrong", maxRetries: 0 });
    await assert.rejects(stranger.chat.completions.create({ model: "kiro", messages }), (error) => {
      assert.ok(error instanceof OpenAI.AuthenticationError);
      assert.equal(error.code, "invalid_api_key");
      return true;
    });
  });

  it("cancels the execution when it is aborted", () => {
    const ask = async (signal: AbortSignal): Promise<void> => {
      const messages = [user(prompts.endless)];
      const stream = await openai.chat.completions.create({ model: "kiro", messages, stream: true }, { signal });
      for await (const { id } of stream) assert.ok(id);
      signal.throwIfAborted();
    };
    return assertCancelled(
      gateway,
      ask,
      (error) => error instanceof APIUserAbortError || Object(error).name === "AbortError",
    );
  });
});
