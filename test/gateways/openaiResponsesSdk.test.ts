import assert from "node:assert/strict";
import OpenAI, { APIUserAbortError, BadRequestError, InternalServerError, NotFoundError } from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { toResponseInputItems } from "openai/lib/responses/ResponseInputItems";
import type { FunctionTool, Response, ResponseInput } from "openai/resources/responses/responses";
import * as z from "zod";
import { fake, fakeCalls, fakeSay } from "../fixtures/simulator/directive.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";
import { until } from "../support/until.ts";

const weather: FunctionTool = {
  type: "function",
  name: "weather",
  description: "The weather of a city",
  strict: false,
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const asksWeather = `Weather? ${fakeCalls([[{ tool: "weather", args: { city: "Bern" } }]])}`;

describe("OpenAI's client, with responses", () => {
  let gateway: GatewayBridge;
  let openai: OpenAI;
  let enforcesMaxTokens = false;
  before(async () => {
    const settings = () => (key: string) => (key === "gateways.enforceMaxTokens" ? enforcesMaxTokens : undefined);
    gateway = await startGatewayBridge({ settings });
    openai = new OpenAI({ baseURL: gateway.openaiUrl, apiKey: gateway.client.token });
  });
  after(() => gateway.dispose());

  /** Runs something, and returns how many prompts it has started. */
  async function promptsOf(work: () => Promise<void>): Promise<number> {
    const before = gateway.startedPrompts().length;
    await work();
    return gateway.startedPrompts().length - before;
  }

  it("gets an answer, with its usage and its session", async () => {
    const started = await promptsOf(async () => {
      const { data, response } = await openai.responses
        .create({ model: "kiro", instructions: "Be brief.", input: `Hi ${fakeSay("Hello.")}`, temperature: 0 })
        .withResponse();
      assert.equal(data.output_text, "Hello.");
      assert.deepEqual(
        [data.status, data.model, data.instructions, data.error],
        ["completed", "kiro", "Be brief.", null],
      );
      assert.ok((data.usage?.input_tokens ?? 0) > 0 && (data.usage?.output_tokens ?? 0) > 0);
      assert.match(response.headers.get("x-kiro-session") ?? "", /./);
      assert.equal(response.headers.get("x-kiro-bridge-ignored"), "temperature");
      assert.equal(response.headers.get("x-request-id"), gateway.startedPrompts().at(-1));
    });
    assert.equal(started, 1);
  });

  it("gets a stream, from its creation to its completion", async () => {
    const started = await promptsOf(async () => {
      const stream = await openai.responses.create({
        model: "kiro",
        input: [{ role: "user", content: `Hi ${fakeSay("one two three")}` }],
        stream: true,
      });
      const events = [];
      for await (const event of stream) events.push(event);
      assert.deepEqual([events[0]?.type, events[1]?.type], ["response.created", "response.in_progress"]);
      const deltas = events.map((event) => (event.type === "response.output_text.delta" ? event.delta : ""));
      assert.equal(deltas.join(""), "one two three");
      const last = events.at(-1);
      assert.ok(last?.type === "response.completed");
      assert.ok((last.response.usage?.total_tokens ?? 0) > 0);
    });
    assert.equal(started, 1);
  });

  it("gets a stream by its helper", async () => {
    const stream = openai.responses.stream({ model: "kiro", input: `Hi ${fakeSay("one two three")}` });
    const deltas: string[] = [];
    stream.on("response.output_text.delta", ({ delta }) => deltas.push(delta));
    const { output_text: text } = await stream.finalResponse();
    assert.deepEqual([text, deltas.join("")], ["one two three", "one two three"]);
  });

  it("parses an answer of a schema", async () => {
    const { output_parsed: parsed } = await openai.responses.parse({
      model: "kiro",
      input: `Weather? ${fakeSay('```json\n{"city":"Bern","degrees":21}\n```')}`,
      text: { format: zodTextFormat(z.object({ city: z.string(), degrees: z.number() }), "weather") },
    });
    assert.deepEqual(parsed, { city: "Bern", degrees: 21 });
  });

  for (const isStream of [false, true]) {
    it(`runs a tool that it lends, ${isStream ? "with" : "without"} a stream`, async () => {
      const asked: string[] = [];
      const input: ResponseInput = [{ role: "user", content: asksWeather }];
      const ask = async (): Promise<Response> => {
        const request = { model: "kiro", input, tools: [weather], store: false };
        const answered = isStream
          ? openai.responses.stream(request).finalResponse()
          : openai.responses.create({ ...request, stream: false });
        const response: Response = await answered;
        input.push(...toResponseInputItems(response.output));
        return response;
      };
      const started = await promptsOf(async () => {
        const first = await ask();
        const calls = first.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
        for (const { call_id, name, arguments: args } of calls) {
          assert.equal(name, "weather");
          const { city }: { city: string } = JSON.parse(args);
          asked.push(city);
          input.push({ type: "function_call_output", call_id, output: `Sunny in ${city}` });
        }
        const { output_text: text } = await ask();
        assert.match(text, /weather returned: Sunny in Bern/);
      });
      assert.deepEqual(asked, ["Bern"]);
      assert.equal(started, 1);
    });
  }

  it("runs several tools at once", async () => {
    const prompt = `Go ${fakeCalls([[{ args: { city: "Bern" } }, { args: { city: "Basel" } }]])}`;
    const tools = [{ ...weather, name: "my.tools.weather" }];
    const first = await openai.responses.create({ model: "kiro", input: prompt, tools });
    const calls = first.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
    assert.deepEqual(
      calls.map(({ name, arguments: args }) => [name, args]),
      [
        ["my.tools.weather", '{"city":"Bern"}'],
        ["my.tools.weather", '{"city":"Basel"}'],
      ],
    );
    const second = await openai.responses.create({
      model: "kiro",
      previous_response_id: first.id,
      input: calls.map(({ call_id }, index) => ({
        type: "function_call_output" as const,
        call_id,
        output: `result ${index}`,
      })),
      tools,
    });
    assert.match(second.output_text, /returned: result 0\n.*returned: result 1/);
  });

  it("gets a call of the one tool that it requires", async () => {
    const { output } = await openai.responses.create({
      model: "kiro",
      input: `Weather? ${fakeSay('{"city":"Bern"}')}`,
      tools: [weather, { type: "web_search" }],
      tool_choice: "required",
    });
    const call = output.find((item) => item.type === "function_call");
    assert.deepEqual([call?.name, JSON.parse(call?.arguments ?? "")], ["weather", { city: "Bern" }]);
  });

  it("gets an incomplete answer after the most tokens, if the bridge enforces them", async () => {
    const request = { model: "kiro", input: `Count ${fakeSay("one two three four five six")}`, max_output_tokens: 2 };
    const { data, response } = await openai.responses.create(request).withResponse();
    assert.equal(data.output_text, "one two three four five six");
    assert.equal(response.headers.get("x-kiro-bridge-ignored"), "max_output_tokens");
    enforcesMaxTokens = true;
    gateway.bridge.applySettings();
    const cut = await openai.responses.create(request).withResponse();
    assert.deepEqual([cut.data.status, cut.data.incomplete_details], ["incomplete", { reason: "max_output_tokens" }]);
    assert.ok("one two three".startsWith(cut.data.output_text));
    assert.equal(cut.response.headers.get("x-kiro-bridge-ignored"), null);
  });

  it("gets the classes of its errors", async () => {
    const request = { model: "kiro", input: "Hi" };
    await assert.rejects(openai.responses.create({ ...request, background: true }), (error) => {
      assert.ok(error instanceof BadRequestError);
      assert.deepEqual([error.type, error.param], ["invalid_request_error", "background"]);
      assert.match(error.message, /respond-async/);
      return true;
    });
    await assert.rejects(openai.responses.create({ ...request, model: "gpt-nobody-has" }), (error) => {
      assert.ok(error instanceof NotFoundError);
      assert.equal(error.code, "model_not_found");
      return true;
    });
    await assert.rejects(openai.responses.cancel("resp_1"), BadRequestError);
    const failing = { ...request, input: `Die ${fake("crash", { words: 20 })}` };
    const started = await promptsOf(async () => {
      await assert.rejects(openai.responses.create(failing), InternalServerError);
    });
    assert.equal(started, 1);
  });

  it("cancels the execution when it is aborted, and says so afterwards", async () => {
    const abort = new AbortController();
    const before = gateway.bridge.core.events.lastId;
    const stream = await openai.responses.create(
      { model: "kiro", input: `Wait ${fake("hang")}`, stream: true },
      { signal: abort.signal },
    );
    let id = "";
    const reading = (async () => {
      for await (const event of stream) {
        if (event.type !== "response.created") continue;
        id = event.response.id;
        assert.equal((await openai.responses.retrieve(id)).status, "in_progress");
        abort.abort();
      }
    })();
    await reading.catch((error: unknown) => assert.ok(error instanceof APIUserAbortError));
    await until(() => gateway.bridge.core.events.read(before).events.some(({ type }) => type === "command-cancelled"));
    await until(async () => (await openai.responses.retrieve(id)).status === "cancelled");
  });
});
