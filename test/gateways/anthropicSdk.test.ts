import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import * as z from "zod";
import { fake, fakeSay } from "../fixtures/simulator/directive.ts";
import { anthropicClient, textOf } from "../support/gateways/anthropicClient.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";

const user = (content: string): Anthropic.MessageParam => ({ role: "user", content });

const ask = (...messages: readonly Anthropic.MessageParam[]): Anthropic.MessageCreateParamsNonStreaming => ({
  model: "kiro",
  max_tokens: 1000,
  messages: [...messages],
});

describe("The SDK of Anthropic", () => {
  let gateway: GatewayBridge;
  let anthropic: Anthropic;

  before(async () => {
    gateway = await startGatewayBridge();
    anthropic = anthropicClient(gateway);
  });
  after(() => gateway.dispose());

  /** Returns the prompts that have reached the agent during `work`, each of which is one execution. */
  async function turnsOf(work: () => Promise<unknown>): Promise<ReturnType<GatewayBridge["agentTurns"]>> {
    const turns = gateway.agentTurns().length;
    const executions = gateway.startedPrompts().length;
    await work();
    const prompted = gateway.agentTurns().slice(turns);
    assert.equal(gateway.startedPrompts().length - executions, prompted.length);
    return prompted;
  }

  it("gets a message, with one execution", async () => {
    const prompt = `Hi ${fakeSay("Hello.")}`;
    const prompted = await turnsOf(async () => {
      const { data: message, request_id, response } = await anthropic.messages.create(ask(user(prompt))).withResponse();
      assert.deepEqual(message.content, [{ type: "text", text: "Hello.", citations: null }]);
      assert.equal(message.stop_reason, "end_turn");
      assert.equal(message.model, "kiro");
      assert.match(message.id, /^msg_\w+$/u);
      assert.ok(message.usage.input_tokens > 0 && message.usage.output_tokens > 0);
      assert.equal(request_id, gateway.startedPrompts().at(-1));
      assert.equal(response.headers.get("x-kiro-bridge-ignored"), "max_tokens");
      assert.equal(response.headers.get("x-kiro-bridge-estimated"), "usage");
    });
    assert.deepEqual(
      prompted.map((turn) => turn.prompt),
      [prompt],
    );
  });

  it("takes the token as a bearer as well", async () => {
    const bearer = anthropicClient(gateway, { apiKey: null, authToken: gateway.client.token });
    assert.equal(textOf(await bearer.messages.create(ask(user(fakeSay("Hello."))))), "Hello.");
  });

  it("streams a message", async () => {
    const stream = anthropic.messages.stream(ask(user(`Stream ${fakeSay("One two three.")}`)));
    const types: string[] = [];
    stream.on("streamEvent", ({ type }) => void types.push(type));
    let text = "";
    stream.on("text", (delta) => (text += delta));
    const message = await stream.finalMessage();
    assert.equal(text, "One two three.");
    assert.equal(textOf(message), text);
    assert.equal(message.stop_reason, "end_turn");
    assert.ok(message.usage.input_tokens > 0 && message.usage.output_tokens > 0);
    const once = types.filter((type, index) => type !== types[index - 1]);
    assert.deepEqual(once, [
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
  });

  it("gets what the agent does as thinking, if it asks for it", async () => {
    const prompt = user(`Think ${fake("tool-trusted")}`);
    const plain = await anthropic.messages.create(ask(prompt));
    assert.deepEqual(
      plain.content.map(({ type }) => type),
      ["text"],
    );
    const thinking = { type: "adaptive" } as const;
    const message = await anthropic.messages.create({ ...ask(prompt), thinking });
    const [thought, ...rest] = message.content;
    assert.ok(thought?.type === "thinking" && thought.thinking !== "" && thought.signature !== "");
    assert.ok(rest.some(({ type }) => type === "text"));
    const streamed = await anthropic.messages.stream({ ...ask(prompt), thinking }).finalMessage();
    const first = streamed.content[0];
    assert.ok(first?.type === "thinking" && first.signature !== "");
    assert.equal(first.thinking, thought.thinking);
  });

  it("goes on in the same session by the signature, and by the equal transcript", async () => {
    for (const thinking of [{ type: "adaptive" }, { type: "disabled" }] as const) {
      const first = user(`First ${thinking.type} ${fakeSay("One.")}`);
      const second = user(`Second ${thinking.type} ${fakeSay("Two.")}`);
      const prompted = await turnsOf(async () => {
        const { content } = await anthropic.messages.create({ ...ask(first), thinking });
        const answer = { role: "assistant", content } as const;
        const next = await anthropic.messages.create({ ...ask(first, answer, second), thinking });
        assert.equal(textOf(next), "Two.");
      });
      assert.deepEqual(
        prompted.map(({ prompt }) => prompt),
        [first.content, second.content],
      );
      assert.equal(new Set(prompted.map(({ sessionId }) => sessionId)).size, 1);
    }
  });

  it("begins another session for a transcript that was edited, in spite of its signature", async () => {
    const thinking = { type: "adaptive" } as const;
    const first = user(`Name a color ${fakeSay("Red.")}`);
    const second = user(`And now? ${fakeSay("Blue.")}`);
    const prompted = await turnsOf(async () => {
      const { content } = await anthropic.messages.create({ ...ask(first), thinking });
      const edited = content.map((block) => (block.type === "text" ? { ...block, text: "Green." } : block));
      await anthropic.messages.create({ ...ask(first, { role: "assistant", content: edited }, second), thinking });
    });
    const [one, two] = prompted;
    assert.notEqual(one?.sessionId, two?.sessionId);
    assert.match(two?.prompt ?? "", /User:\nName a color .*\n\nAssistant:\nGreen\.\n\nUser:\nAnd now\?/su);
  });

  it("never goes on in a session of another program", async () => {
    const other = gateway.addClient("other");
    const first = user(`Secret ${fakeSay("One.")}`);
    const second = user(`More ${fakeSay("Two.")}`);
    const thinking = { type: "adaptive" } as const;
    const prompted = await turnsOf(async () => {
      const { content } = await anthropic.messages.create({ ...ask(first), thinking });
      const theirs = anthropicClient(gateway, { apiKey: other.token });
      const next = await theirs.messages.create({ ...ask(first, { role: "assistant", content }, second), thinking });
      assert.equal(textOf(next), "Two.");
    });
    assert.equal(new Set(prompted.map(({ sessionId }) => sessionId)).size, 2);
  });

  it("may send a history of more than a megabyte", async () => {
    const history = Array.from({ length: 300 }, (_, at) => [
      user(`${at} ${"question ".repeat(230)}`),
      { role: "assistant", content: `${at} ${"answer ".repeat(300)}` } as const,
    ]).flat();
    const prompted = await turnsOf(async () => {
      const message = await anthropic.messages.create(ask(...history, user(`Now ${fakeSay("Read.")}`)));
      assert.equal(textOf(message), "Read.");
      assert.ok(message.usage.input_tokens > 300_000);
    });
    assert.ok((prompted[0]?.prompt.length ?? 0) > 1_200_000);
  });

  it("sends images", async () => {
    const source = { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } as const;
    const content: Anthropic.ContentBlockParam[] = [
      { type: "text", text: `Look ${fake("report")}` },
      { type: "image", source },
      { type: "document", title: "Notes", source: { type: "text", media_type: "text/plain", data: "Be kind." } },
    ];
    const message = await anthropic.messages.create(ask({ role: "user", content }));
    const report: Record<string, unknown> = JSON.parse(textOf(message));
    assert.deepEqual(report["blocks"], ["text", "image", "text"]);
    assert.deepEqual(report["images"], ["image/png 12"]);
    assert.match(String(report["prompt"]), /Notes\s*Be kind\./u);
  });

  it("goes on in the session that it names, never in that of a user", async () => {
    const named = { metadata: { kiro_session: "review", user_id: "user-1" } };
    const byUser = { metadata: { user_id: "user-1" } };
    const request = (text: string, metadata: object) => ({ ...ask(user(`${text} ${fakeSay("Yes.")}`)), ...metadata });
    const prompted = await turnsOf(async () => {
      await anthropic.messages.create(request("one", named));
      await anthropic.messages.create(request("two", named));
      await anthropic.messages.create(request("three", byUser));
      await anthropic.messages.create(request("four", byUser));
    });
    const sessions = prompted.map(({ sessionId }) => sessionId);
    assert.equal(sessions[0], sessions[1]);
    assert.equal(new Set(sessions).size, 3);
  });

  it("sends its system prompt as the instructions of the caller", async () => {
    const system: Anthropic.TextBlockParam[] = [
      { type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } },
    ];
    const prompted = await turnsOf(async () => {
      const { response } = await anthropic.messages
        .create({ ...ask(user(`Hi ${fakeSay("Hello.")}`)), system })
        .withResponse();
      assert.equal(response.headers.get("x-kiro-bridge-ignored"), "system[0].cache_control, max_tokens");
    });
    assert.match(prompted[0]?.prompt ?? "", /^System \([^)]+\):\nBe brief\.\n\nUser:\nHi/u);
  });

  it("cuts a message at a stop sequence", async () => {
    const message = await anthropic.messages.create({
      ...ask(user(`Count ${fakeSay("One two three.")}`)),
      stop_sequences: ["four", " three"],
    });
    assert.equal(textOf(message), "One two");
    assert.equal(message.stop_reason, "stop_sequence");
    assert.equal(message.stop_sequence, " three");
  });

  it("gets the reason why the agent has stopped", async () => {
    for (const stop of ["refusal", "max_tokens"]) {
      const message = await anthropic.messages.create(ask(user(`Stop ${fakeSay("No.", { stop })}`)));
      assert.equal(message.stop_reason, stop);
      const streamed = await anthropic.messages
        .stream(ask(user(`Stop here ${fakeSay("No.", { stop })}`)))
        .finalMessage();
      assert.equal(streamed.stop_reason, stop);
    }
  });

  it("parses an answer that must be JSON", async () => {
    const format = zodOutputFormat(z.object({ name: z.string(), age: z.int() }));
    const json = JSON.stringify({ name: "Ada", age: 36 });
    const request = { ...ask(user(`Who? ${fakeSay(json)}`)), output_config: { format } };
    const message = await anthropic.messages.parse(request);
    assert.deepEqual(message.parsed_output, { name: "Ada", age: 36 });
    const streamed = await anthropic.messages.stream(request).finalMessage();
    assert.deepEqual(streamed.parsed_output, { name: "Ada", age: 36 });
    const wrong = anthropic.messages.create({ ...request, messages: [user(`Who? ${fakeSay('{"name":1}')}`)] });
    await assert.rejects(wrong, Anthropic.InternalServerError);
  });

  it("counts tokens by an estimate, and says so", async () => {
    const { data, response } = await anthropic.messages
      .countTokens({ model: "kiro", messages: [user("x".repeat(4000))] })
      .withResponse();
    assert.equal(data.input_tokens, 1000);
    assert.equal(response.headers.get("x-kiro-bridge-estimated"), "input_tokens");
    const bare = await anthropic.messages.countTokens({
      model: "kiro",
      system: "y".repeat(400),
      tools: [{ name: "read", input_schema: { type: "object" } }],
      messages: [user("x".repeat(4000)), { role: "assistant", content: "Hello." }],
    });
    assert.ok(bare.input_tokens > 1100);
  });

  it("lists models in its own form", async () => {
    const { data } = await anthropic.models.list();
    assert.ok(data.some(({ id, type }) => id === "kiro" && type === "model"));
    assert.equal((await anthropic.models.retrieve("kiro")).display_name, "Kiro");
    await assert.rejects(anthropic.models.retrieve("nobody"), Anthropic.NotFoundError);
  });
});
