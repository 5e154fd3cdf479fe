import assert from "node:assert/strict";
import { read } from "./readChat.ts";

const call = (id: string, name: string) => ({ id, type: "function", function: { name, arguments: '{"city":"Bern"}' } });
const text = (value: string) => [{ type: "text", text: value }];

describe("The conversation of a chat completion", () => {
  const conversationOf = (...messages: readonly object[]) => read({ messages }).turn.messages;

  it("has the messages of all roles", () => {
    assert.deepEqual(
      conversationOf(
        { role: "system", content: "Be brief." },
        { role: "developer", content: text("Use metric units.") },
        { role: "user", content: "Weather?" },
        { role: "assistant", content: null, tool_calls: [call("call_1", "weather")] },
        { role: "tool", tool_call_id: "call_1", content: text("Sunny") },
        {
          role: "assistant",
          content: [
            { type: "text", text: "It is " },
            { type: "refusal", refusal: "nice" },
          ],
        },
      ),
      [
        { role: "system", text: "Be brief." },
        { role: "system", text: "Use metric units." },
        { role: "user", content: text("Weather?") },
        {
          role: "assistant",
          text: "",
          calls: [{ id: "call_1", name: "weather", arguments: '{"city":"Bern"}' }],
          keys: [],
        },
        { role: "tool", callId: "call_1", content: text("Sunny"), isError: false },
        { role: "assistant", text: "It is nice", calls: [], keys: [] },
      ],
    );
  });

  it("has images that the request contains", () => {
    const url = "data:image/PNG;charset=utf-8;base64,iVBORw0KGgo=";
    const content = [
      { type: "text", text: "See" },
      { type: "image_url", image_url: { url, detail: "high" } },
    ];
    assert.deepEqual(conversationOf({ role: "user", content }), [
      {
        role: "user",
        content: [
          { type: "text", text: "See" },
          { type: "image", mimeType: "image/png", data: "iVBORw0KGgo=" },
        ],
      },
    ]);
  });

  it("keeps roles that are out of order, and results of unknown calls", () => {
    const roles = conversationOf(
      { role: "tool", tool_call_id: "call_unknown", content: "42" },
      { role: "assistant", content: "So what?" },
      { role: "assistant", content: "Go on." },
      { role: "system", content: "Late." },
    ).map(({ role }) => role);
    assert.deepEqual(roles, ["tool", "assistant", "assistant", "system"]);
  });

  it("takes a call of a tool that is not a function as one with an input", () => {
    const custom = { id: "call_2", type: "custom", custom: { name: "grep", input: "a+b" } };
    assert.deepEqual(conversationOf({ role: "assistant", content: null, tool_calls: [custom] }), [
      { role: "assistant", text: "", calls: [{ id: "call_2", name: "grep", arguments: '{"input":"a+b"}' }], keys: [] },
    ]);
  });

  it("ignores what reasoning comes back", () => {
    const [message] = conversationOf({ role: "assistant", content: "Done", reasoning_content: "I read a file." });
    assert.deepEqual(message, { role: "assistant", text: "Done", calls: [], keys: [] });
  });

  it("takes a history of 1.2 MB", () => {
    const turns = Array.from({ length: 1200 }, (_, index) => ({
      role: index % 2 === 0 ? "user" : "assistant",
      content: "x".repeat(1000),
    }));
    assert.equal(conversationOf(...turns).length, 1200);
  });
});

describe("Functions of the older form", () => {
  const functionCall = { name: "weather", arguments: "{}" };
  const messages = [
    { role: "user", content: "Weather?" },
    { role: "assistant", content: null, function_call: functionCall },
    { role: "function", name: "weather", content: "Sunny" },
  ];

  it("get back the IDs of their calls", () => {
    const ids = { find: (before: readonly object[]) => `call_${before.length}` };
    const [, assistant, result] = read({ messages }, { ids }).turn.messages;
    assert.deepEqual(assistant, { role: "assistant", text: "", calls: [{ id: "call_1", ...functionCall }], keys: [] });
    assert.deepEqual(result, { role: "tool", callId: "call_1", content: text("Sunny"), isError: false });
  });

  it("get an ID that nobody has if their call is unknown", () => {
    const [, assistant, result] = read({ messages }).turn.messages;
    const id = "function:weather";
    assert.deepEqual(assistant, { role: "assistant", text: "", calls: [{ id, ...functionCall }], keys: [] });
    assert.deepEqual(result, { role: "tool", callId: id, content: text("Sunny"), isError: false });
  });

  it("are lent like tools, and answered in their form", () => {
    const functions = [{ name: "weather", description: "The weather", parameters: { type: "object" } }];
    const { turn, isOlderForm } = read({ functions, function_call: { name: "weather" } });
    assert.deepEqual(turn.tools, functions);
    assert.deepEqual(turn.toolChoice, { tool: "weather" });
    assert.deepEqual([isOlderForm, turn.takesOneCall], [true, true]);
    assert.equal(read({ functions, function_call: "none" }).turn.toolChoice, "none");
  });
});

describe("The tools of a chat completion", () => {
  const weather = { type: "function", function: { name: "weather", strict: true } };
  const long = { type: "function", function: { name: `my.tools.${"x".repeat(191)}`, description: "Long" } };
  const chosen = (tool_choice: unknown, tools: readonly object[] = [weather]) => read({ tools, tool_choice }).turn;

  it("keep names of 200 characters and with dots", () => {
    assert.deepEqual(chosen("auto", [weather, long]).tools, [
      { name: "weather", description: "", parameters: { type: "object", properties: {} } },
      { name: long.function.name, description: "Long", parameters: { type: "object", properties: {} } },
    ]);
  });

  it("may be chosen by the agent, or not at all", () => {
    assert.equal(read({ tools: [weather] }).turn.toolChoice, "auto");
    assert.equal(chosen("auto").toolChoice, "auto");
    assert.equal(chosen("none").toolChoice, "none");
  });

  it("may be required if there is one", () => {
    assert.deepEqual(chosen("required").toolChoice, { tool: "weather" });
    assert.deepEqual(chosen("required", [{ type: "web_search" }, weather]).toolChoice, { tool: "weather" });
    assert.deepEqual(chosen(weather, [weather, long]).toolChoice, { tool: "weather" });
  });

  it("may be restricted", () => {
    const allowed = (mode: string) => ({ type: "allowed_tools", allowed_tools: { mode, tools: [weather] } });
    const { tools, toolChoice } = chosen(allowed("auto"), [weather, long]);
    assert.deepEqual([tools.map(({ name }) => name), toolChoice], [["weather"], "auto"]);
    assert.deepEqual(chosen(allowed("required"), [weather, long]).toolChoice, { tool: "weather" });
  });
});

describe("A chat completion", () => {
  it("asks for JSON by a schema", () => {
    const schema = { type: "object", properties: { city: { type: "string" } } };
    const format = { type: "json_schema", json_schema: { name: "answer", strict: true, schema } };
    assert.deepEqual(read({ response_format: format }).turn.answerSchema, schema);
    assert.deepEqual(read({ response_format: { type: "json_object" } }).turn.answerSchema, {});
    assert.equal(read({ response_format: { type: "text" } }).turn.answerSchema, undefined);
  });

  it("has one or more stop sequences", () => {
    assert.deepEqual(read({ stop: "END" }).turn.stop, ["END"]);
    assert.deepEqual(read({ stop: ["a", "b"] }).turn.stop, ["a", "b"]);
    assert.deepEqual(read({ stop: null }).turn.stop, []);
  });

  it("is a stream if its body says so, with the usage if it is asked for", () => {
    const { isStream, includesUsage } = read({ stream: true, stream_options: { include_usage: true } });
    assert.deepEqual([isStream, includesUsage], [true, true]);
    assert.deepEqual([read({}).isStream, read({ stream: true }).includesUsage], [false, false]);
  });

  it("has the model of its path at Azure, with the same key as without", () => {
    const { turn } = read({ model: undefined }, { deployment: "kiro" });
    assert.equal(turn.model, "kiro");
    assert.equal(turn.replayKey, read({}).turn.replayKey);
  });

  it("is of the session in the header, rather than the one in the metadata", () => {
    const body = { metadata: { kiro_session: "body" } };
    assert.equal(read(body, { session: "header" }).turn.session, "header");
    assert.notEqual(read({}, { session: "a" }).turn.replayKey, read({}, { session: "b" }).turn.replayKey);
    assert.notEqual(read({}, { place: { window: "1" } }).turn.replayKey, read({}).turn.replayKey);
  });
});
