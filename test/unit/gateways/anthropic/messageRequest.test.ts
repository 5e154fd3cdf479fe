import assert from "node:assert/strict";
import {
  type MessageReading,
  type MessageRequest,
  readMessageRequest,
} from "../../../../src/gateways/anthropic/messageRequest.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";

const hi = { role: "user", content: "hi" };
const body = { model: "kiro", max_tokens: 100, messages: [hi] };
const tool = (name: string) => ({ name, description: `Does ${name}.`, input_schema: { type: "object" } });

const read = (members: object, headers: MessageReading = {}): MessageRequest =>
  readMessageRequest({ ...body, ...members }, headers);

const withContent = (...content: readonly object[]): object => ({ messages: [{ role: "user", content }] });

/** Returns the message of the refusal of a field. */
function refusal(field: string, members: object, vendorCode?: string): string {
  try {
    read(members);
  } catch (error) {
    assert.ok(isBridgeError(error));
    assert.equal(error.code, "VALIDATION_FAILED");
    assert.equal(error.context?.["field"], field);
    assert.equal(error.context["vendorCode"], vendorCode);
    return error.message;
  }
  return assert.fail(`${field} was accepted`);
}

describe("readMessageRequest", () => {
  it("reads the fields that have an effect", () => {
    const { turn, isStream, ignored } = read({ stream: true, stop_sequences: ["END"], system: "Be brief." });
    const { replayKey, ...rest } = turn;
    assert.deepEqual(rest, {
      model: "kiro",
      messages: [
        { role: "system", text: "Be brief." },
        { role: "user", content: [{ type: "text", text: "hi" }] },
      ],
      tools: [],
      toolChoice: "auto",
      stop: ["END"],
      maxTokens: 100,
    });
    assert.ok(replayKey.length >= 43);
    assert.equal(isStream, true);
    assert.deepEqual(ignored, ["max_tokens"]);
    assert.deepEqual(read({}, { settings: { "gateways.enforceMaxTokens": true } }).ignored, []);
  });

  it("has the same key for a request that is repeated without its stream", () => {
    const key = read({ stream: true }).turn.replayKey;
    assert.equal(read({ stream: false }).turn.replayKey, key);
    assert.equal(read({}).turn.replayKey, key);
    assert.notEqual(read({ max_tokens: 5 }).turn.replayKey, key);
    assert.notEqual(read({}, { session: "review" }).turn.replayKey, key);
    assert.notEqual(read({}, { place: { workspacePath: "/work" } }).turn.replayKey, key);
  });

  it("has the same key when Claude Code asks for the rest of a stream that broke, and another one for what a person adds", () => {
    const text = (words: string) => ({ type: "text", text: words });
    const reminder = (words: string) => text(`<system-reminder>\n${words}\n</system-reminder>`);
    const key = (...content: readonly object[]) =>
      read({
        messages: [
          { role: "user", content },
          { role: "system", content: "Today is Friday." },
        ],
      }).turn.replayKey;
    const asked = key(reminder("Use git."), text("Fix it"));
    const rest = reminder("Your response above was cut off mid-stream. Resume directly from where it stops.");
    assert.equal(key(reminder("Use git."), text("Fix it\n"), rest), asked);
    assert.equal(key(reminder("Use git."), text("Fix it\n"), rest, rest), asked);
    assert.notEqual(key(reminder("Use git."), text("Fix it\n"), rest, text("Try again")), asked);
    assert.notEqual(key(reminder("Use svn."), text("Fix it")), asked);
    assert.notEqual(key(reminder("Use git.")), key(reminder("Use svn.")));
  });

  it("leaves out the line of Claude Code that is another one in each request, and names it", () => {
    const line = (hash: string) => `x-anthropic-billing-header: cc_version=2.1.332.1ab; cch=${hash};`;
    const one = read({
      system: [
        { type: "text", text: line("1") },
        { type: "text", text: "Be brief." },
      ],
    });
    const two = read({
      system: [
        { type: "text", text: line("2") },
        { type: "text", text: "Be brief." },
      ],
    });
    assert.deepEqual(one.turn, two.turn);
    assert.deepEqual(one.turn.messages[0], { role: "system", text: "Be brief." });
    assert.deepEqual(one.ignored, ["max_tokens", "x-anthropic-billing-header"]);
    const text = read({ system: `${line("3")}\nBe brief.` });
    assert.deepEqual(text.turn.messages, one.turn.messages);
    const later = [
      { type: "text", text: "Be brief." },
      { type: "text", text: line("4") },
    ];
    assert.deepEqual(read({ system: later }).turn.messages[0], { role: "system", text: `Be brief.\n\n${line("4")}` });
  });

  it("takes the session that the caller names, never the user", () => {
    assert.equal(read({ metadata: { user_id: "u1" } }).turn.session, undefined);
    assert.equal(read({ metadata: { user_id: "u1", kiro_session: "review" } }).turn.session, "review");
    assert.equal(read({ metadata: { kiro_session: "review" } }, { session: "other" }).turn.session, "other");
    refusal("metadata.kiro_session", { metadata: { kiro_session: "" } });
  });

  it("asks for JSON by output_config.format and by its older name", () => {
    const format = { type: "json_schema", schema: { type: "object" } };
    assert.deepEqual(read({ output_config: { format, effort: "low" } }).turn.answerSchema, { type: "object" });
    assert.deepEqual(read({ output_format: format }).turn.answerSchema, { type: "object" });
    refusal("output_config.format.schema", { output_config: { format: { type: "json_schema" } } });
    refusal("output_config.format.type", { output_config: { format: { ...format, type: "grammar" } } });
  });

  it("names the fields without effect", () => {
    const { ignored } = read(
      {
        context_management: { edits: [] },
        container: "c1",
        service_tier: "auto",
        metadata: { user_id: "u1" },
        output_config: { effort: "high" },
        temperature: 1,
        top_p: 0.9,
        top_k: 4,
        speed: "fast",
        thinking: { type: "enabled", budget_tokens: 2000 },
        system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
        tools: [{ type: "web_search_20250305", name: "web_search" }, tool("a")],
        tool_choice: { type: "auto", disable_parallel_tool_use: true },
      },
      { betas: "context-1m-2025-08-07,interleaved-thinking-2025-05-14" },
    );
    assert.deepEqual(ignored.toSorted(), [
      "betas",
      "container",
      "context_management",
      "max_tokens",
      "metadata.user_id",
      "output_config.effort",
      "service_tier",
      "speed",
      "system[0].cache_control",
      "temperature",
      "thinking.budget_tokens",
      "tool_choice.disable_parallel_tool_use",
      "tools[0].type",
      "top_k",
      "top_p",
    ]);
  });

  it("refuses servers of the caller, but no empty list", () => {
    const message = refusal("mcp_servers", { mcp_servers: [{ type: "url", name: "x", url: "http://127.0.0.1:1/" }] });
    assert.match(message, /declare its tools in tools/);
    read({ mcp_servers: [] });
  });

  it("refuses conversations that a server keeps, with the code after which clients send all of it", () => {
    const code = "thread_unsupported_request";
    const thread = { type: "continue", previous_message_id: "msg_1" };
    assert.match(refusal("thread", { thread }, code), /Send all of it/);
    refusal("thread", { thread: { type: "create" } }, code);
  });

  it("refuses requests for a summary", () => {
    assert.match(refusal("compaction", { compaction: { type: "summarize" } }), /Ask for a summary in messages/);
  });

  it("refuses images and documents that it would have to fetch, and PDF", () => {
    const url = { type: "url", url: "http://127.0.0.1:1/a.png" };
    const file = { type: "file", file_id: "file_1" };
    const pdf = { type: "base64", media_type: "application/pdf", data: "JVBERg==" };
    const at = "messages[0].content[0]";
    const result = (content: object) => ({ type: "tool_result", tool_use_id: "t1", content: [content] });
    const inDocument = { type: "document", source: { type: "content", content: [{ type: "image", source: url }] } };
    const refused: readonly (readonly [field: string, block: object])[] = [
      [`${at}.source.type`, { type: "image", source: url }],
      [`${at}.source.type`, { type: "image", source: file }],
      [`${at}.source.type`, { type: "document", source: url }],
      [`${at}.source.type`, { type: "document", source: file }],
      [`${at}.source.media_type`, { type: "document", source: pdf }],
      [`${at}.source.content[0].source.type`, inDocument],
      [`${at}.content[0].source.type`, result({ type: "image", source: url })],
      [`${at}.content[0].source.media_type`, result({ type: "document", source: pdf })],
      [`${at}.type`, { type: "container_upload", file_id: "file_1" }],
    ];
    for (const [field, block] of refused) assert.match(refusal(field, withContent(block)), /Send the (?:content|text)/);
  });

  it("refuses what is not as the API defines it", () => {
    const blocks = (role: string, ...content: readonly object[]) => ({ messages: [hi, { role, content }] });
    const refused: readonly (readonly [field: string, members: object])[] = [
      ["max_tokens", { max_tokens: undefined }],
      ["max_tokens", { max_tokens: 0 }],
      ["max_tokens", { max_tokens: "100" }],
      ["model", { model: undefined }],
      ["model", { model: "m".repeat(257) }],
      ["messages", { messages: [] }],
      ["messages", { messages: undefined }],
      ["messages.0.role", { messages: [{ role: "developer", content: "hi" }] }],
      ["messages.0.content", { messages: [{ role: "user", content: 5 }] }],
      ["messages.0.content.0.text", withContent({ type: "text" })],
      ["messages.0.content.0.type", withContent({ text: "hi" })],
      ["messages.0.content.0.source.data", withContent(image("not base64!"))],
      ["messages.0.content.0.source.media_type", withContent(image("AAAA", "image/svg+xml"))],
      ["messages.0.content.0.tool_use_id", withContent({ type: "tool_result" })],
      ["messages.1.content.0.id", blocks("assistant", { type: "tool_use", name: "a", input: {} })],
      ["messages.1.content.0.input", blocks("assistant", { type: "tool_use", id: "t1", name: "a", input: "{}" })],
      ["system.0.text", { system: [{ type: "text" }] }],
      ["stop_sequences.0", { stop_sequences: [""] }],
      ["stop_sequences", { stop_sequences: Array.from({ length: 65 }, (_, at) => `${at}`) }],
      ["stream", { stream: "yes" }],
      ["tools.0.input_schema", { tools: [{ name: "a" }] }],
      ["tools.0.name", { tools: [{ input_schema: {} }] }],
      ["tools", { tools: Array.from({ length: 1025 }, (_, at) => tool(`t${at}`)) }],
      ["tool_choice.type", { tool_choice: { type: "required" } }],
    ];
    for (const [field, members] of refused) refusal(field, members);
  });

  it("refuses an answer that agents would have to continue, and a conversation without a question", () => {
    const prefill = { messages: [hi, { role: "assistant", content: "The answer is (" }] };
    assert.match(refusal("messages", prefill), /End with a message of the user/);
    refusal("messages", { messages: [{ role: "system", content: "Be brief." }] });
    refusal("messages", withContent({ type: "text", text: "" }));
  });

  it("forces the one tool that can be called", () => {
    const tools = [tool("a"), tool("b")];
    assert.deepEqual(read({ tools, tool_choice: { type: "tool", name: "b" } }).turn.toolChoice, { tool: "b" });
    assert.deepEqual(read({ tools: [tool("a")], tool_choice: { type: "any" } }).turn.toolChoice, { tool: "a" });
    assert.equal(read({ tools, tool_choice: { type: "none" } }).turn.toolChoice, "none");
    assert.match(refusal("tool_choice.type", { tools, tool_choice: { type: "any" } }), /Name the tool/);
    refusal("tool_choice.type", { tool_choice: { type: "any" } });
    refusal("tool_choice.name", { tools, tool_choice: { type: "tool", name: "c" } });
    const server = { type: "web_search_20250305", name: "web_search" };
    refusal("tool_choice.name", { tools: [server], tool_choice: { type: "tool", name: "web_search" } });
  });

  it("lends the tools of the caller, also deferred ones, and none of the vendor's servers", () => {
    const { turn } = read({
      tools: [
        { type: "web_search_20250305", name: "web_search" },
        { ...tool("mcp.a b"), type: "custom", strict: true },
        { ...tool("b"), defer_loading: true },
        { type: "mcp_toolset", mcp_server_name: "x" },
        { name: "c", input_schema: {} },
      ],
    });
    assert.deepEqual(turn.tools, [
      { name: "mcp.a b", description: "Does mcp.a b.", parameters: { type: "object" } },
      { name: "b", description: "Does b.", parameters: { type: "object" } },
      { name: "c", description: "", parameters: {} },
    ]);
  });

  it("thinks if the caller asks for it, and gives the key to callers with tools", () => {
    const thinkingOf = (members: object) => read(members).thinking;
    const tools = [tool("a")];
    assert.equal(thinkingOf({}), "none");
    assert.equal(thinkingOf({ tools }), "key");
    assert.equal(thinkingOf({ tools: [{ type: "web_search_20250305", name: "web_search" }] }), "none");
    assert.equal(thinkingOf({ tools, tool_choice: { type: "none" } }), "none");
    assert.equal(thinkingOf({ tools, tool_choice: { type: "any" } }), "none");
    assert.equal(thinkingOf({ thinking: { type: "adaptive" } }), "activity");
    assert.equal(thinkingOf({ thinking: { type: "enabled", budget_tokens: 2000 } }), "activity");
    assert.equal(thinkingOf({ thinking: { type: "adaptive", display: "omitted" } }), "key");
    assert.equal(thinkingOf({ tools, thinking: { type: "disabled" } }), "none");
  });
});

function image(data: string, media_type = "image/png"): object {
  return { type: "image", source: { type: "base64", media_type, data } };
}
