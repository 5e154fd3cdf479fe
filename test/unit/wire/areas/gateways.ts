import type { Area } from "../area.ts";
import type { Wire } from "../wire.ts";

const anthropic = { "anthropic-version": "2023-06-01" };
const say = "Hello";
const messages = [{ role: "user", content: say }];

/** The APIs of other vendors. What their clients send and read in streams, test/gateways shows. */
export const gateways: Area = {
  name: "gateways",
  play: async (wire) => {
    await openAi(wire);
    await responses(wire);
    await ofAnthropic(wire);
    await refused(wire);
  },
};

async function openAi(wire: Wire): Promise<void> {
  const chat = "POST /v1/chat/completions";
  await wire.call("the models", "GET /v1/models");
  await wire.call("a model", "GET /v1/models/kiro");
  await wire.call("an unknown model", "GET /v1/models/none");
  await wire.call("a chat", chat, { body: { model: "kiro", messages, temperature: 1, metadata: { purpose: "x" } } });
  await wire.call("a chat in a named session", chat, {
    body: { model: "kiro", messages },
    headers: { "X-Kiro-Session": "mine" },
  });
  await wire.call("a chat with several answers", chat, { body: { model: "kiro", messages, n: 2 } });
  await wire.call("a chat with an unknown model", chat, { body: { model: "none", messages } });
  await wire.call("a chat without messages", chat, { body: { model: "kiro" } });
  await wire.call("a chat at Azure's path", "POST /openai/deployments/kiro/chat/completions?api-version=1", {
    body: { messages },
  });
}

async function responses(wire: Wire): Promise<void> {
  const created = await wire.call("a response", "POST /v1/responses", { body: { model: "kiro", input: say } });
  const path = `/v1/responses/${String(created.json["id"])}`;
  await wire.call("a kept response", `GET ${path}`);
  await wire.call("a deleted response", `DELETE ${path}`);
  await wire.call("a response that is gone", `GET ${path}`);
  await wire.call("a response of an agent, which is not cancelled", `POST ${path}/cancel`);
  await wire.call("a response to go on with that is not kept", "POST /v1/responses", {
    body: { model: "kiro", input: say, previous_response_id: "resp_none" },
  });
}

async function ofAnthropic(wire: Wire): Promise<void> {
  const path = "POST /v1/messages";
  const body = { model: "kiro", max_tokens: 100, messages };
  await wire.call("a message", path, { body, headers: anthropic });
  await wire.call("a message without a limit", path, { body: { model: "kiro", messages }, headers: anthropic });
  await wire.call("the tokens of a message", "POST /v1/messages/count_tokens", {
    body: { model: "kiro", messages },
    headers: anthropic,
  });
  await wire.call("the models for Anthropic", "GET /v1/models", { headers: anthropic });
}

async function refused(wire: Wire): Promise<void> {
  await wire.call("embeddings", "POST /v1/embeddings", { body: { model: "kiro", input: "Hi" } });
  await wire.call("embeddings at Azure's path", "POST /openai/deployments/kiro/embeddings?api-version=1", {
    body: { input: "Hi" },
  });
  await wire.call("files", "GET /v1/files");
  await wire.call("batches of messages", "GET /v1/messages/batches", { headers: anthropic });
  for (const path of ["/v1/models", "/v1/messages", "/mcp"]) {
    await wire.call(`a stranger at ${path}`, `GET ${path}`, { isStranger: true });
    await wire.call(`an unknown method at ${path}`, `PUT ${path}`);
  }
  await wire.call("a key in a header", "GET /v1/models/kiro", { isStranger: true, headers: { "x-api-key": "wrong" } });
  await wire.call("no message of MCP", "POST /mcp", { body: { hello: 1 } });
  await wire.call("a stream of MCP without a session", "GET /mcp", { headers: { Accept: "text/event-stream" } });
  await wire.call("an end of MCP without a session", "DELETE /mcp");
}
