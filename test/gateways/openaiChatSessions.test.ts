import assert from "node:assert/strict";
import OpenAI from "openai";
import { fake, fakeCalls, fakeSay } from "../fixtures/simulator/directive.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";
import { until } from "../support/until.ts";

type Body = OpenAI.ChatCompletionCreateParamsNonStreaming;
type Message = OpenAI.ChatCompletionMessageParam;

const user = (content: string): Message => ({ role: "user", content });
const weather = { type: "function", function: { name: "weather", parameters: { type: "object" } } } as const;
const time = { type: "function", function: { name: "time", parameters: { type: "object" } } } as const;

describe("A conversation of chat completions", () => {
  let gateway: GatewayBridge;
  let openai: OpenAI;
  before(async () => {
    gateway = await startGatewayBridge();
    openai = new OpenAI({ baseURL: gateway.openaiUrl, apiKey: gateway.client.token, maxRetries: 0 });
  });
  after(() => gateway.dispose());

  async function ask(messages: readonly Message[], more: Omit<Partial<Body>, "messages"> = {}) {
    const body: Body = { model: "kiro", ...more, messages: [...messages] };
    const { data, response } = await openai.chat.completions.create(body).withResponse();
    const [choice] = data.choices;
    assert.ok(choice !== undefined);
    return { ...choice, headers: response.headers, session: response.headers.get("x-kiro-session") };
  }

  /** The first answer has a call of `weather`. */
  async function parked(words: string, values: Parameters<typeof fakeCalls>[1] = {}) {
    const prompt = user(`${words} ${fakeCalls([[{ tool: "weather", args: {} }]], values)}`);
    const { message, session } = await ask([prompt], { tools: [weather] });
    const [call] = message.tool_calls ?? [];
    assert.ok(call !== undefined);
    const result: Message = { role: "tool", tool_call_id: call.id, content: "Sunny" };
    return { messages: [prompt, message], session, result };
  }

  const lastTurn = () => gateway.agentTurns().at(-1);

  it("starts again when its history has changed", async () => {
    const first = user(`Hi ${fakeSay("Hello.")}`);
    const { message, session } = await ask([first]);
    const again = user(`Again ${fakeSay("Yes.")}`);
    const edited = await ask([first, { ...message, content: "Goodbye." }, again]);
    assert.notEqual(edited.session, session);
    assert.match(lastTurn()?.prompt ?? "", /Goodbye\.[\s\S]*Again/);
  });

  it("starts again when its instructions have changed", async () => {
    const instructed = (content: string): Message => ({ role: "system", content });
    const first = user(`Hi ${fakeSay("Hello.")}`);
    const { message, session } = await ask([instructed("Be brief."), first]);
    const again = user(`Again ${fakeSay("Yes.")}`);
    const same = await ask([instructed("Be brief."), first, message, again]);
    assert.equal(same.session, session);
    assert.doesNotMatch(lastTurn()?.prompt ?? "", /Be brief/);
    const changed = await ask([instructed("Be verbose."), first, message, again]);
    assert.notEqual(changed.session, session);
    assert.match(lastTurn()?.prompt ?? "", /Be verbose/);
  });

  it("starts again when its list of tools has changed", async () => {
    const first = user(`Hi ${fakeSay("Hello.")}`);
    const { message, session } = await ask([first], { tools: [weather] });
    const again = user(`Again ${fakeSay("Yes.")}`);
    const { session: changed } = await ask([first, message, again], { tools: [weather, time] });
    assert.notEqual(changed, session);
  });

  it("goes on under its name without a comparison", async () => {
    const named = { metadata: { kiro_session: "notes" } };
    const { session } = await ask([user(`Hi ${fakeSay("Hello.")}`)], named);
    const second = await ask([user(`Again ${fakeSay("Yes.")}`)], named);
    assert.deepEqual([session, second.session], ["notes", "notes"]);
    const [before, after] = gateway.agentTurns().slice(-2);
    assert.equal(after?.sessionId, before?.sessionId);
  });

  it("starts again for the result of a call that nobody has made", async () => {
    const { messages, session } = await parked("Unknown");
    const result: Message = { role: "tool", tool_call_id: "call_nobody_knows", content: "Sunny" };
    const { session: other, finish_reason: reason } = await ask([...messages, result], { tools: [weather] });
    assert.notEqual(other, session);
    assert.equal(reason, "stop");
    assert.match(lastTurn()?.prompt ?? "", /Sunny/);
  });

  it("goes on in the parked turn with the result, and what the user adds to it", async () => {
    const before = gateway.startedPrompts().length;
    const { messages, session, result } = await parked("Added");
    const answer = await ask([...messages, result, user("And be quick.")], { tools: [weather] });
    assert.equal(answer.session, session);
    assert.match(answer.message.content ?? "", /weather returned: Sunny[\s\S]*And be quick\./);
    assert.equal(gateway.startedPrompts().length - before, 1);
  });

  it("starts again when the agent has died while it was parked", async () => {
    const { events } = gateway.bridge.core;
    const before = events.lastId;
    const { messages, session, result } = await parked("Dying", { die: 1 });
    await until(() => events.read(before).events.some(({ type }) => type === "command-error"));
    const answer = await ask([...messages, result], { tools: [weather] });
    assert.notEqual(answer.session, session);
    assert.match(lastTurn()?.prompt ?? "", /Sunny/);
  });

  it("lends nothing if no tool may be called", async () => {
    const prompt = user(`Which? ${fakeCalls([[{ tool: "weather", args: {} }]])}`);
    const { message, finish_reason: reason } = await ask([prompt], { tools: [weather], tool_choice: "none" });
    assert.equal(reason, "stop");
    assert.match(message.content ?? "", /weather was not lent/);
  });

  it("shows the agent an image that it contains", async () => {
    const url = "data:image/png;base64,iVBORw0KGgo=";
    const image: Message = {
      role: "user",
      content: [
        { type: "text", text: `See ${fake("report")}` },
        { type: "image_url", image_url: { url, detail: "low" } },
      ],
    };
    const { message, headers } = await ask([image]);
    assert.match(message.content ?? "", /"blocks":\["text","image"\]/);
    assert.equal(headers.get("x-kiro-bridge-ignored"), "messages[0].content[1].image_url.detail");
  });

  it("takes roles in any order", async () => {
    const { message } = await ask([
      { role: "tool", tool_call_id: "call_early", content: "42" },
      { role: "assistant", content: "So what?" },
      { role: "system", content: "Be brief." },
      { role: "assistant", content: "Well." },
      user(`Odd ${fakeSay("Fine.")}`),
    ]);
    assert.equal(message.content, "Fine.");
  });
});
