import assert from "node:assert/strict";
import { LLMock } from "@copilotkit/aimock";
import { enginePresets, type EnginePreset } from "../../../../src/agents/engines/presets.ts";
import { createAnthropic } from "../../../../src/agents/models/anthropic/createAnthropic.ts";
import { createOpenAiChat } from "../../../../src/agents/models/openai/chat/openAiChat.ts";
import { createOpenAiResponses } from "../../../../src/agents/models/openai/responses/openAiResponses.ts";
import type { ModelWire } from "../../../../src/agents/models/wire.ts";
import type { StepRequest } from "../../../../src/core/models/step.ts";
import { failureOf } from "../../../support/models/failedSteps.ts";
import { ModelServer } from "../../../support/models/modelServer.ts";
import { collected, NO_ABORT, stepRequest, wireOptions } from "../../../support/models/wireOptions.ts";

const wires = {
  anthropic: createAnthropic,
  "openai-chat": createOpenAiChat,
  "openai-responses": createOpenAiResponses,
};

/** The paths of vendors that the mock has elsewhere, and where. */
const elsewhere: Readonly<Record<string, readonly [string, string]>> = {
  vertex: ["/v1/projects/my-project/locations/us-central1/endpoints/openapi", "/v1"],
  foundry: ["/anthropic", ""],
  "bedrock-claude": ["/anthropic", ""],
};

const TOOL = {
  name: "read_file",
  description: "Reads a file.",
  parameters: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
};

type HttpPreset = EnginePreset & { readonly wire: keyof typeof wires };

const presets = enginePresets.filter((preset): preset is HttpPreset => preset.wire !== "vscode-lm");

/** A mock of many vendors' APIs that is not ours. */
describe("A wire to the stock mock", () => {
  const mock = new LLMock({ port: 0, auth: { apiKeys: ["key-1"] } });
  before(async () => {
    // The first one that matches answers.
    mock.onToolResult("call_abc", {
      content: "It says: Grüß Gott",
      usage: { prompt_tokens: 30, completion_tokens: 9 },
    });
    mock.onMessage("read", { toolCalls: [{ name: "read_file", arguments: '{"path":"a.txt"}', id: "call_abc" }] });
    mock.onMessage("think", { content: "42", reasoning: "Six times seven." });
    mock.onMessage("limit", { error: { message: "Slow down", type: "rate_limit_error" }, status: 429 });
    mock.onEmbedding("vector", { embedding: [0.25, -0.5, 1] });
    await mock.start();
  });
  after(async () => await mock.stop());

  const front = new Map<string, ModelServer>();
  before(async () => {
    for (const [id, [from, to]] of Object.entries(elsewhere)) {
      const server = await ModelServer.start();
      server.otherwise = async ({ method, url, headers, body }) => {
        assert.ok(url.startsWith(from), url);
        const { "content-length": _, host: __, connection: ___, ...sent } = headers;
        const request = { method, headers: definedOf(sent), ...(body.length > 0 && { body: body.toString() }) };
        const response = await fetch(mock.url + to + url.slice(from.length), request);
        const { status, body: answer } = response;
        return { status, headers: Object.fromEntries(response.headers), ...(answer !== null && { body: answer }) };
      };
      front.set(id, server);
    }
  });
  after(async () => await Promise.all([...front.values()].map(async (server) => await server.dispose())));

  const wireOf = ({ id, wire, baseUrl, parts, apiVersion }: HttpPreset, key = "key-1"): ModelWire => {
    const given = Object.fromEntries(parts.map(({ name, example }) => [name, example]));
    const { pathname } = new URL(baseUrl.replaceAll(/\{(\w+)\}/g, (_, name: string) => given[name] ?? ""));
    const origin = front.get(id)?.url ?? mock.url;
    const settings = { wire, baseUrl: origin + pathname, ...(apiVersion !== undefined && { apiVersion }) };
    return wires[wire](wireOptions(settings, key));
  };
  const ask = async (wire: ModelWire, text: string, fields: Partial<StepRequest> = {}) =>
    await collected(wire.stream(stepRequest({ ...asking(text), ...fields }), NO_ABORT));

  for (const preset of presets) {
    describe(`as ${preset.name}`, () => {
      it("calls a tool, and goes on with its result", async () => {
        const wire = wireOf(preset);
        const first = await ask(wire, "Please read it", { tools: [TOOL] });
        assert.equal(first.result.finish, "tool-calls");
        const call = first.result.parts.find((part) => part.type === "call");
        assert.deepEqual(call, { type: "call", id: "call_abc", name: "read_file", arguments: '{"path":"a.txt"}' });
        const results = [
          {
            callId: "call_abc",
            name: "read_file",
            content: [{ type: "text" as const, text: "Grüß Gott" }],
            isError: false,
          },
        ];
        const second = await ask(wire, "", {
          items: [
            ...asking("Please read it").items,
            { role: "assistant", parts: first.result.parts },
            { role: "results", results },
          ],
          tools: [TOOL],
        });
        assert.equal(second.text, "It says: Grüß Gott");
        const { finish, usage } = second.result;
        assert.equal(finish, "stop");
        assert.deepEqual([usage.inputTokens, usage.outputTokens, usage.isEstimated], [30, 9, undefined]);
      });

      it("reads its reasoning, its limits and its rejection of a key", async () => {
        const { events, text } = await ask(wireOf(preset), "think");
        assert.equal(text, "42");
        const reasoning = events.map((event) => (event.type === "reasoning" ? event.text : "")).join("");
        assert.ok(reasoning === "Six times seven." || preset.wire === "openai-chat", reasoning);
        assert.equal((await failureOf(ask(wireOf(preset), "limit"))).kind, "rate-limited");
        assert.equal((await failureOf(ask(wireOf(preset, "wrong"), "think"))).kind, "unauthorized");
      });

      if (preset.wire === "anthropic") return;
      it("gets its vectors", async () => {
        const result = await wireOf(preset).embed?.({ model: "embed", input: ["a vector", "vector b"] }, NO_ABORT);
        assert.deepEqual(result?.vectors, [
          [0.25, -0.5, 1],
          [0.25, -0.5, 1],
        ]);
      });
    });
  }

  it("gets the models that the mock lists", async () => {
    for (const preset of presets.filter(({ listsModels }) => listsModels))
      assert.ok((await wireOf(preset).listModels(NO_ABORT)).length > 0, preset.id);
  });
});

function definedOf(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function asking(text: string) {
  return { items: [{ role: "user" as const, content: [{ type: "text" as const, text }] }] };
}
