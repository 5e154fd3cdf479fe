import assert from "node:assert/strict";
import { read, refusal } from "./readChat.ts";

const png = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } };
const user = (...content: readonly object[]) => ({ messages: [{ role: "user", content }] });
const weather = { type: "function", function: { name: "weather" } };
const time = { type: "function", function: { name: "time" } };

describe("Chat completions refuse", () => {
  const refused: readonly (readonly [body: object, field: string, instead: RegExp])[] = [
    [{ n: 2 }, "n", /Send one request for each answer/],
    [{ best_of: 3 }, "best_of", /Send one request for each answer/],
    [{ logprobs: true }, "logprobs", /Omit this field/],
    [{ top_logprobs: 0 }, "top_logprobs", /Omit this field/],
    [{ modalities: ["text", "audio"] }, "modalities[1]", /omit modalities/],
    [{ audio: { voice: "alloy", format: "mp3" } }, "audio", /Omit audio/],
    [
      user({ type: "input_audio", input_audio: { data: "AAAA", format: "wav" } }),
      "messages[0].content[0].type",
      /Send its words/,
    ],
    [user({ type: "file", file: { file_id: "file-1" } }), "messages[0].content[0].type", /Send their text/],
    [user({ type: "video_url" }), "messages[0].content[0].type", /Send a part of type "text"/],
    [
      user(png, { type: "image_url", image_url: { url: "https://example.org/a.png" } }),
      "messages[0].content[1].image_url.url",
      /fetches nothing.*Send the image itself/,
    ],
    [
      user({ type: "image_url", image_url: { url: "file:///etc/passwd" } }),
      "messages[0].content[0].image_url.url",
      /fetches nothing.*Send the image itself/,
    ],
    [
      user({ type: "image_url", image_url: { url: "data:image/png;base64,no*base64" } }),
      "messages[0].content[0].image_url.url",
      /data: URL in base64/,
    ],
    [
      user({ type: "image_url", image_url: { url: "data:text/html;base64,AAAA" } }),
      "messages[0].content[0].image_url.url",
      /data: URL in base64/,
    ],
    [{ tools: [weather, time], tool_choice: "required" }, "tool_choice", /Name one/],
    [{ tool_choice: "required" }, "tool_choice", /Send tools/],
    [{ tools: [{ type: "web_search" }], tool_choice: "required" }, "tool_choice", /Send tools/],
    [{ tools: [weather], tool_choice: time }, "tool_choice", /Name one of them/],
    [{ functions: [{ name: "weather" }], function_call: { name: "time" } }, "function_call", /Name one of them/],
    [
      { tools: [weather], tool_choice: { type: "custom", custom: { name: "weather" } } },
      "tool_choice.type",
      /Choose a function/,
    ],
    [
      {
        tools: [weather, time],
        tool_choice: { type: "allowed_tools", allowed_tools: { mode: "required", tools: [weather, time] } },
      },
      "tool_choice",
      /Name one/,
    ],
    [
      {
        tools: [weather],
        tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [{ type: "mcp" }] } },
      },
      "tool_choice.allowed_tools.tools[0].type",
      /Allow functions/,
    ],
    [{ tools: [weather, weather] }, "tools[1].function.name", /two functions have it/],
    [{ tools: [weather], functions: [{ name: "weather" }] }, "functions[0].name", /two functions have it/],
    [{ response_format: { type: "grammar" } }, "response_format.type", /Send "text", "json_schema"/],
    [{ messages: [] }, "messages", /./],
    [{ messages: [{ role: "wizard", content: "Hi" }] }, "messages.0.role", /./],
    [{ messages: "Hi" }, "messages", /expected array/],
    [{ model: 1 }, "model", /expected string/],
    [{ stop: "" }, "stop", /./],
    [{ max_tokens: 0 }, "max_tokens", /./],
    [{ metadata: { kiro_session: "x".repeat(101) } }, "metadata.kiro_session", /./],
  ];
  for (const [body, field, instead] of refused) {
    it(JSON.stringify(body).slice(0, 120), () => {
      const found = refusal(body);
      assert.equal(found?.field, field);
      assert.match(found?.message ?? "", instead);
    });
  }

  it("an answer of another kind, not one as it is anyway", () => {
    const harmless = { n: 1, best_of: 1, logprobs: false, modalities: ["text"], store: null, audio: null };
    assert.equal(refusal(harmless), undefined);
    assert.deepEqual(read(harmless).ignored, []);
  });
});

describe("Chat completions name what they ignore", () => {
  const fields = {
    temperature: 0,
    top_p: 0.95,
    presence_penalty: 0,
    frequency_penalty: 0,
    seed: 1,
    logit_bias: {},
    verbosity: "low",
    reasoning_effort: "high",
    service_tier: "auto",
    prompt_cache_key: "a",
    safety_identifier: "b",
    prediction: { type: "content", content: "c" },
    parallel_tool_calls: true,
    user: "somebody",
    store: false,
    metadata: { purpose: "test" },
    max_tokens: 10,
    max_completion_tokens: 20,
    unheard_of: true,
  };

  it("each under its own name", () => {
    assert.deepEqual(read(fields).ignored.toSorted(), Object.keys(fields).toSorted());
  });

  it("not the maximum of tokens if it is enforced", () => {
    const { turn, ignored } = read(fields, { enforcesMaxTokens: true });
    assert.deepEqual(
      ignored.filter((name) => name.startsWith("max_")),
      [],
    );
    assert.equal(turn.maxTokens, 20);
  });

  it("not the metadata that names a session", () => {
    const { turn, ignored } = read({ metadata: { kiro_session: "mine" } });
    assert.deepEqual(ignored, []);
    assert.equal(turn.session, "mine");
  });

  it("also tools of other types, which are not lent", () => {
    const { turn, ignored } = read({ tools: [{ type: "web_search" }, weather, { type: "custom", custom: {} }] });
    assert.deepEqual(ignored, ["tools[0].type", "tools[2].type"]);
    assert.deepEqual(
      turn.tools.map(({ name }) => name),
      ["weather"],
    );
  });
});
