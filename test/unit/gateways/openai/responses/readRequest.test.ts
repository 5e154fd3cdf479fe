import assert from "node:assert/strict";
import type { KeptResponse } from "../../../../../src/gateways/openai/responses/keptResponses.ts";
import {
  askedResponse,
  idsIn,
  type OwnResponses,
  readResponseRequest,
} from "../../../../../src/gateways/openai/responses/readRequest.ts";
import { isBridgeError } from "../../../../../src/protocol/errors.ts";

const kept: KeptResponse = {
  body: {
    id: "resp_1",
    object: "response",
    status: "completed",
    output: [
      { id: "rs_1", type: "reasoning", summary: [], encrypted_content: "key" },
      {
        id: "msg_1",
        type: "message",
        status: "completed",
        role: "assistant",
        content: [{ type: "output_text", text: "Hi", annotations: [], logprobs: [] }],
      },
      {
        id: "fc_1",
        type: "function_call",
        status: "completed",
        call_id: "c1",
        name: "f",
        namespace: "ns",
        arguments: "{}",
      },
    ],
  },
  conversation: {
    id: "conv_1",
    instructions: "Be brief.",
    messages: [
      { role: "user", content: [{ type: "text", text: "Hello" }] },
      { role: "assistant", text: "Hi", calls: [], keys: ["key"] },
    ],
  },
};
const running: KeptResponse = { body: { id: "resp_2", object: "response", status: "in_progress", output: [] } };

const own: OwnResponses = {
  get: (id) => [kept, running].find(({ body }) => body.id === id),
  newestOf: (id) => (id === "conv_1" ? kept : undefined),
  findItem: (itemId) => kept.body.output.find(({ id }) => id === itemId),
};

function read(body: Record<string, unknown>) {
  const read = readResponseRequest({ model: "kiro", input: "Hello", ...body });
  return { ...read, ...askedResponse(read, own) };
}

const f = { type: "function", name: "f", description: "Does it.", parameters: { type: "object", properties: {} } };
const g = { type: "function", name: "g" };
const user = (text: string) => ({ role: "user", content: [{ type: "text", text }] });

describe("A request for a response", () => {
  it("is one message of the user if its input is a text", () => {
    const { turn, request, echo, hasKey } = read({});
    assert.deepEqual(turn, { model: "kiro", messages: [user("Hello")], tools: [], toolChoice: "auto", stop: [] });
    assert.deepEqual([request.stream, echo.isKept, hasKey], [undefined, true, false]);
  });

  it("is read item by item", () => {
    const { turn } = read({
      instructions: "Be brief.",
      input: [
        { type: "message", role: "developer", content: [{ type: "input_text", text: "Use tools." }] },
        {
          role: "user",
          content: [
            { type: "input_text", text: "See" },
            { type: "input_image", image_url: "data:image/png;base64,AA==" },
          ],
        },
        {
          type: "reasoning",
          id: "rs_9",
          summary: [{ type: "summary_text", text: "Thinking" }],
          encrypted_content: "key",
        },
        {
          type: "message",
          role: "assistant",
          content: [
            { type: "output_text", text: "I " },
            { type: "output_text", text: "look." },
          ],
        },
        { type: "function_call", id: "fc_9", call_id: "c1", name: "f", arguments: '{"a":1}' },
        { type: "function_call", call_id: "c2", name: "x", namespace: "mcp", arguments: "{}" },
        { type: "function_call_output", call_id: "c1", output: "done" },
        { type: "function_call_output", call_id: "c2", output: [{ type: "input_text", text: "too" }] },
        { type: "message", role: "assistant", content: "Ready." },
        { role: "user", content: "Thanks" },
      ],
    });
    assert.deepEqual(turn.messages, [
      { role: "system", text: "Be brief." },
      { role: "system", text: "Use tools." },
      {
        role: "user",
        content: [
          { type: "text", text: "See" },
          { type: "image", mimeType: "image/png", data: "AA==" },
        ],
      },
      {
        role: "assistant",
        text: "I look.",
        calls: [
          { id: "c1", name: "f", arguments: '{"a":1}' },
          { id: "c2", name: "mcp__x", arguments: "{}" },
        ],
        keys: ["key"],
      },
      { role: "tool", callId: "c1", content: [{ type: "text", text: "done" }], isError: false },
      { role: "tool", callId: "c2", content: [{ type: "text", text: "too" }], isError: false },
      { role: "assistant", text: "Ready.", calls: [], keys: [] },
      user("Thanks"),
    ]);
  });

  it("ignores the items of the vendor's own tools, and keeps the calls of custom ones", () => {
    const { turn, ignored } = read({
      input: [
        { type: "web_search_call", id: "ws_1", status: "completed" },
        { type: "custom_tool_call", call_id: "c1", name: "patch", input: "*** Begin" },
        { type: "custom_tool_call_output", call_id: "c1", output: "ok" },
        { role: "user", content: "Go on" },
      ],
    });
    assert.deepEqual(ignored, ["input[0].type"]);
    assert.deepEqual(turn.messages, [
      {
        role: "assistant",
        text: "",
        calls: [{ id: "c1", name: "patch", arguments: '{"input":"*** Begin"}' }],
        keys: [],
      },
      { role: "tool", callId: "c1", content: [{ type: "text", text: "ok" }], isError: false },
      user("Go on"),
    ]);
  });

  it("takes kept items by reference", () => {
    const { turn } = read({
      input: [
        { role: "user", content: "Hello" },
        { type: "item_reference", id: "rs_1" },
        { id: "msg_1" },
        { type: "item_reference", id: "fc_1" },
        { type: "function_call_output", call_id: "c1", output: "done" },
      ],
    });
    assert.deepEqual(turn.messages, [
      user("Hello"),
      { role: "assistant", text: "Hi", calls: [{ id: "c1", name: "ns__f", arguments: "{}" }], keys: ["key"] },
      { role: "tool", callId: "c1", content: [{ type: "text", text: "done" }], isError: false },
    ]);
  });

  for (const [field, value] of [
    ["previous_response_id", "resp_1"],
    ["conversation", "conv_1"],
    ["conversation", { id: "conv_1" }],
  ] as const) {
    it(`goes on with the messages and instructions of ${field} ${JSON.stringify(value)}`, () => {
      const { turn, messages, echo } = read({ [field]: value, input: "And now?" });
      const conversation = [...(kept.conversation?.messages ?? []), user("And now?")];
      assert.deepEqual(messages, conversation);
      assert.deepEqual(turn.messages, [{ role: "system", text: "Be brief." }, ...conversation]);
      assert.deepEqual([echo.instructions, echo.conversationId], ["Be brief.", "conv_1"]);
    });
  }

  it("replaces the instructions of the response that it goes on with", () => {
    const { turn } = read({ previous_response_id: "resp_1", instructions: "Be long." });
    assert.deepEqual(turn.messages[0], { role: "system", text: "Be long." });
    assert.equal(turn.messages.filter(({ role }) => role === "system").length, 1);
  });

  for (const [field, what] of [
    ["previous_response_id", "resp_3"],
    ["conversation", "conv_3"],
  ] as const) {
    it(`does not go on with an unknown ${field}`, () => {
      assert.throws(
        () => read({ [field]: what }),
        (error) => {
          assert.ok(isBridgeError(error));
          assert.deepEqual(
            [error.code, error.context],
            ["NOT_FOUND", { field, vendorCode: "previous_response_not_found" }],
          );
          return true;
        },
      );
    });
  }

  it("does not go on with a response that is not complete", () => {
    assert.throws(
      () => read({ previous_response_id: "resp_2" }),
      /previous_response_id: the response is not complete \(in_progress\)/,
    );
  });

  it("names the tools of a namespace after it, and gives their names back", () => {
    const namespace = {
      type: "namespace",
      name: "mcp__editor",
      description: "Editor",
      tools: [f, { type: "custom", name: "h" }],
    };
    const { turn, tools, hasKey } = read({ tools: [f, namespace, { type: "web_search" }] });
    assert.deepEqual(turn.tools, [
      { name: "f", description: "Does it.", parameters: f.parameters },
      { name: "mcp__editor__f", description: "Does it.", parameters: f.parameters },
    ]);
    assert.deepEqual(tools.nameOf({ name: "mcp__editor__f" }), { name: "f", namespace: "mcp__editor" });
    assert.deepEqual(tools.nameOf({ name: "f" }), { name: "f" });
    assert.ok(hasKey);
  });

  it("lends tools without parameters as tools without arguments", () => {
    assert.deepEqual(read({ tools: [g] }).turn.tools, [
      { name: "g", description: "", parameters: { type: "object", properties: {} } },
    ]);
  });

  it("forces a call of the only tool, or of the one that it names", () => {
    const namespace = { type: "namespace", name: "ns", description: "", tools: [{ type: "function", name: "h" }] };
    const choiceOf = (choice: unknown, tools: readonly object[]) => read({ tool_choice: choice, tools }).turn;
    assert.deepEqual(choiceOf("required", [f, { type: "web_search" }]).toolChoice, { tool: "f" });
    assert.deepEqual(choiceOf("none", [f]).toolChoice, "none");
    assert.deepEqual(choiceOf({ type: "function", name: "g" }, [f, g]).toolChoice, { tool: "g" });
    assert.deepEqual(choiceOf({ type: "function", name: "h" }, [f, namespace]).toolChoice, { tool: "ns__h" });
    assert.deepEqual(choiceOf({ type: "function", name: "h", namespace: "ns" }, [namespace]).toolChoice, {
      tool: "ns__h",
    });
  });

  it("lends only the tools that it allows", () => {
    const allowed = (mode: string) => ({ type: "allowed_tools", mode, tools: [{ type: "function", name: "g" }] });
    const { turn } = read({ tool_choice: allowed("auto"), tools: [f, g] });
    assert.deepEqual([turn.tools.map(({ name }) => name), turn.toolChoice], [["g"], "auto"]);
    assert.deepEqual(read({ tool_choice: allowed("required"), tools: [f, g] }).turn.toolChoice, { tool: "g" });
  });

  it("asks for JSON, the end of the answer, its most tokens and a session", () => {
    const schema = { type: "object", properties: { a: { type: "number" } } };
    const { turn } = read({
      text: { format: { type: "json_schema", name: "A", strict: true, schema } },
      stop: "END",
      max_output_tokens: 50,
      metadata: { kiro_session: "mine", other: "x" },
      stream: true,
    });
    assert.deepEqual(
      { schema: turn.answerSchema, stop: turn.stop, maxTokens: turn.maxTokens, session: turn.session },
      { schema, stop: ["END"], maxTokens: 50, session: "mine" },
    );
    assert.deepEqual(read({ text: { format: { type: "json_object" } } }).turn.answerSchema, {});
    assert.equal(read({ text: { format: { type: "text" } } }).turn.answerSchema, undefined);
  });

  it("gets the key of the session if it includes it, or has tools", () => {
    assert.ok(read({ include: ["reasoning.encrypted_content"] }).hasKey);
    assert.ok(read({ tools: [f] }).hasKey);
    assert.ok(!read({ tools: [{ type: "web_search" }] }).hasKey);
  });

  it("names the IDs by which its window is found, the newest first", () => {
    const body = {
      model: "kiro",
      previous_response_id: "resp_1",
      input: [
        { type: "item_reference", id: "msg_1" },
        { type: "reasoning", summary: [], encrypted_content: "key" },
        { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "c2", output: "done" },
        { role: "user", content: "Hello" },
      ],
    };
    assert.deepEqual([...idsIn(readResponseRequest(body))], ["resp_1", "c2", "c1", "key", "msg_1"]);
    assert.deepEqual([...idsIn(readResponseRequest({ model: "kiro", conversation: "conv_1" }))], ["conv_1"]);
  });

  it("is not kept if it says so", () => {
    assert.ok(!read({ store: false }).echo.isKept);
  });
});
