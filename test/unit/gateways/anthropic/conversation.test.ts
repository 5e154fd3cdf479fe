import assert from "node:assert/strict";
import { readMessageRequest } from "../../../../src/gateways/anthropic/messageRequest.ts";
import type { Message } from "../../../../src/gateways/turns/turn.ts";

const read = (messages: readonly object[], members: object = {}) =>
  readMessageRequest({ model: "kiro", max_tokens: 100, messages, ...members }, {});

const conversation = (messages: readonly object[], members?: object): readonly Message[] =>
  read(messages, members).turn.messages;

const text = (value: string) => ({ type: "text" as const, text: value });
const user = (...content: readonly object[]) => ({ role: "user", content });
const hi = user(text("hi"));

describe("The conversation of a request for a message", () => {
  it("has the system prompt first, and system messages at their places", () => {
    const messages = [
      { role: "system", content: "One." },
      hi,
      { role: "system", content: [text("Two."), text("Three.")] },
    ];
    const system = [{ ...text("Be brief."), cache_control: { type: "ephemeral" } }, text("Be kind.")];
    assert.deepEqual(conversation(messages, { system }), [
      { role: "system", text: "Be brief.\n\nBe kind." },
      { role: "system", text: "One." },
      { role: "user", content: [text("hi")] },
      { role: "system", text: "Two.\n\nThree." },
    ]);
  });

  it("is the same for a text and for a block of text", () => {
    assert.deepEqual(conversation([{ role: "user", content: "hi" }]), conversation([hi]));
  });

  it("takes the keys of thinking blocks, but not their text", () => {
    const answer = {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "Reading a file", signature: "key-1" },
        text("Hel"),
        { type: "thinking", thinking: "", signature: "" },
        { type: "redacted_thinking", data: "key-2" },
        text("lo."),
      ],
    };
    assert.deepEqual(conversation([hi, answer, hi])[1], {
      role: "assistant",
      text: "Hello.",
      calls: [],
      keys: ["key-1", "key-2"],
    });
  });

  it("has calls of tools, and their results before what the user adds", () => {
    const png = { type: "base64", media_type: "image/png", data: "iVBORw==" };
    const messages = [
      hi,
      {
        role: "assistant",
        content: [text("Reading."), { type: "tool_use", id: "toolu_1", name: "read", input: { path: "a.txt" } }],
      },
      user(
        {
          type: "tool_result",
          tool_use_id: "toolu_1",
          content: [text("No."), { type: "image", source: png }],
          is_error: true,
        },
        { type: "tool_result", tool_use_id: "toolu_2", content: "Yes." },
        { type: "tool_result", tool_use_id: "toolu_3" },
        text("Go on."),
      ),
    ];
    assert.deepEqual(conversation(messages).slice(1), [
      {
        role: "assistant",
        text: "Reading.",
        calls: [{ id: "toolu_1", name: "read", arguments: '{"path":"a.txt"}' }],
        keys: [],
      },
      {
        role: "tool",
        callId: "toolu_1",
        content: [text("No."), { type: "image", mimeType: "image/png", data: "iVBORw==" }],
        isError: true,
      },
      { role: "tool", callId: "toolu_2", content: [text("Yes.")], isError: false },
      { role: "tool", callId: "toolu_3", content: [], isError: false },
      { role: "user", content: [text("Go on.")] },
    ]);
  });

  it("has the text of documents, of found tools and of summaries", () => {
    const content = [
      {
        type: "document",
        title: "Notes",
        context: "Of Monday",
        source: { type: "text", media_type: "text/plain", data: "One." },
      },
      { type: "document", source: { type: "content", content: [text("Two.")] } },
      { type: "document", source: { type: "content", content: "Three." } },
      { type: "compaction", content: "They said hello." },
    ];
    const found = {
      type: "tool_result",
      tool_use_id: "toolu_1",
      content: [{ type: "tool_reference", tool_name: "read" }],
    };
    assert.deepEqual(conversation([user(...content, found)]), [
      {
        role: "user",
        content: [text("Notes\nOf Monday"), text("One."), text("Two."), text("Three."), text("They said hello.")],
      },
      { role: "tool", callId: "toolu_1", content: [text('The tool "read" can be called.')], isError: false },
    ]);
  });

  it("leaves out and names the blocks of the vendor's servers", () => {
    const search = { type: "search_result", source: "x", title: "X", content: [text("found")] };
    const messages = [
      user(search, { type: "tool_result", tool_use_id: "toolu_1", content: [search, text("Yes.")] }, text("hi")),
      {
        role: "assistant",
        content: [{ type: "server_tool_use", id: "s1", name: "web_search", input: {} }, text("Hello.")],
      },
      user({ ...text("hi"), cache_control: { type: "ephemeral" } }, { type: "of_the_future" }),
    ];
    const { turn, ignored } = read(messages);
    assert.deepEqual(turn.messages, [
      { role: "tool", callId: "toolu_1", content: [text("Yes.")], isError: false },
      { role: "user", content: [text("hi")] },
      { role: "assistant", text: "Hello.", calls: [], keys: [] },
      { role: "user", content: [text("hi")] },
    ]);
    assert.deepEqual(ignored, [
      "messages[0].content[0].type",
      "messages[1].content[0].type",
      "messages[2].content[1].type",
      "messages[2].content[0].cache_control",
      "messages[0].content[1].content[0].type",
      "max_tokens",
    ]);
  });

  it("may have several messages of one role in succession", () => {
    const answer = { role: "assistant", content: "Hello." };
    assert.deepEqual(
      conversation([answer, hi, hi, answer, answer, hi]).map(({ role }) => role),
      ["assistant", "user", "user", "assistant", "assistant", "user"],
    );
  });

  it("may be megabytes long", () => {
    const messages = Array.from({ length: 4000 }, (_, at) => user(text(`${at} ${"x".repeat(500)}`)));
    assert.equal(conversation(messages).length, 4000);
  });
});
