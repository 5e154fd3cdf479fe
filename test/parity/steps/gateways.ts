import { fakeSay } from "../../fixtures/simulator/directive.ts";
import { streamedText } from "../../support/gateways/streamedText.ts";
import { at, call, type ParityStep } from "../../support/parity/parityCalls.ts";
import type { ParityHost } from "../../support/parity/parityHost.ts";

const mcpHeaders = { accept: "application/json, text/event-stream" };

interface McpAnswer {
  readonly data: unknown;
  /** The ID of the session that it begins. */
  readonly session: string | undefined;
}

/** Sends a message of JSON-RPC to the MCP server. */
async function mcp(host: ParityHost, method: string, params: object, session?: string): Promise<McpAnswer> {
  const headers = { ...mcpHeaders, ...(session !== undefined && { "mcp-session-id": session }) };
  const body = { jsonrpc: "2.0", id: 1, method, params };
  const { text, headers: answered } = await call(host, "/mcp", { body, headers });
  const data: unknown = JSON.parse(/^data: (.+)$/m.exec(text)?.[1] ?? text);
  return { data, session: answered.get("mcp-session-id") ?? undefined };
}

const initialize = {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "parity", version: "1.0.0" },
};

/** The APIs of OpenAI and Anthropic, and MCP. */
export const gatewaySteps: readonly ParityStep[] = [
  {
    name: "lists models",
    make: async (host) => {
      const { status, text } = await call(host, "/v1/models");
      return { status, hasKiro: /"id":"kiro/.test(text) };
    },
    expected: { status: 200, hasKiro: true },
  },
  {
    name: "answers in the API of OpenAI",
    make: async (host) => {
      const body = { model: "kiro", messages: [{ role: "user", content: fakeSay("As OpenAI.") }] };
      const { status, body: answer } = await call(host, "/v1/chat/completions", { body });
      return {
        status,
        content: at(answer, "choices.0.message.content"),
        reason: at(answer, "choices.0.finish_reason"),
      };
    },
    expected: { status: 200, content: "As OpenAI.", reason: "stop" },
  },
  {
    name: "streams in the API of OpenAI",
    make: async (host) => {
      const body = { model: "kiro", stream: true, messages: [{ role: "user", content: fakeSay("one two three") }] };
      const { text } = await call(host, "/v1/chat/completions", { body });
      return { content: streamedText(text), isDone: text.trimEnd().endsWith("data: [DONE]") };
    },
    expected: { content: "one two three", isDone: true },
  },
  {
    name: "answers in the API of responses",
    make: async (host) => {
      const { status, body } = await call(host, "/v1/responses", {
        body: { model: "kiro", input: fakeSay("As a response.") },
      });
      return { status, state: body["status"], hasText: JSON.stringify(body["output"]).includes("As a response.") };
    },
    expected: { status: 200, state: "completed", hasText: true },
  },
  {
    name: "answers in the API of Anthropic",
    make: async (host) => {
      const body = { model: "kiro", max_tokens: 100, messages: [{ role: "user", content: fakeSay("As Anthropic.") }] };
      const { status, body: answer } = await call(host, "/v1/messages", {
        body,
        headers: { "anthropic-version": "2023-06-01" },
      });
      return { status, text: at(answer, "content.0.text"), reason: answer["stop_reason"] };
    },
    expected: { status: 200, text: "As Anthropic.", reason: "end_turn" },
  },
  {
    name: "does not know a model",
    make: async (host) => {
      const body = { model: "nothing", messages: [{ role: "user", content: "Hi" }] };
      const { status, body: answer } = await call(host, "/v1/chat/completions", { body });
      return { status, code: at(answer, "error.code") };
    },
    expected: { status: 404, code: "model_not_found" },
  },
  {
    name: "refuses a wrong key in the form of each API",
    make: async (host) => {
      const openAi = await call(host, "/v1/models", { token: "wrong" });
      const anthropic = await call(host, "/v1/messages", { token: "wrong", body: {} });
      return [openAi.status, at(openAi.body, "error.code"), anthropic.status, at(anthropic.body, "error.type")];
    },
    expected: [401, "invalid_api_key", 401, "authentication_error"],
  },
  {
    name: "asks the agent by a tool of MCP",
    make: async (host) => {
      const { data: begun, session } = await mcp(host, "initialize", initialize);
      const { data: list } = await mcp(host, "tools/list", {}, session);
      const listed = at(list, "result.tools");
      const names = Array.isArray(listed) ? listed.map((tool) => String(at(tool, "name"))) : [];
      const shared = ["ask_agent", "run_command", "list_executions"].filter((each) => names.includes(each));
      const params = { name: "ask_agent", arguments: { prompt: fakeSay("By a tool.") } };
      const { data: asked } = await mcp(host, "tools/call", params, session);
      const name = at(begun, "result.serverInfo.name");
      return { name, shared, answers: JSON.stringify(asked).includes("By a tool.") };
    },
    expected: { name: "kiro-bridge", shared: ["ask_agent", "run_command", "list_executions"], answers: true },
  },
];
