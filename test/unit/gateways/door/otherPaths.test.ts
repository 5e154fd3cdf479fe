import assert from "node:assert/strict";
import { routedUrl } from "../../../../src/gateways/door/otherPaths.ts";
import { callPort } from "../../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

describe("The paths of gateways", () => {
  const aliases = { "gpt-4o": "kiro", "org/model": "kiro" };
  let settings: Record<string, unknown> = { "gateways.modelAliases": aliases };
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge({ settings: () => (key) => settings[key] });
  });
  after(() => bridge.dispose());

  it("refuse embeddings with 400, which no client repeats, and name the reason", async () => {
    for (const path of [
      "/v1/embeddings",
      "/openai/v1/embeddings",
      "/openai/deployments/kiro/embeddings?api-version=1",
    ]) {
      const { status, json } = await bridge.call(path, { body: { model: "kiro", input: ["a", "b"] } });
      assert.equal(status, 400);
      const { message, type, code } = Object(json["error"]);
      assert.deepEqual([type, code], ["invalid_request_error", "unsupported_operation"]);
      assert.match(message, /^This model computes no embeddings\. Agents compute none, .* 'Kiro Bridge: Add Model…'/);
    }
  });

  it("refuse to cancel a response", async () => {
    const { status, text } = await bridge.call("/v1/responses/resp_1/cancel", { method: "POST" });
    assert.equal(status, 400);
    assert.match(text, /in the background/);
  });

  it("say honestly what is a service of the vendor", async () => {
    const lines = [
      "GET /v1/files",
      "POST /v1/files",
      "GET /v1/files/file-1/content",
      "POST /v1/uploads",
      "POST /v1/batches",
      "POST /v1/fine_tuning/jobs",
      "GET /v1/fine_tuning/jobs/ftjob-1/events",
      "POST /v1/completions",
      "POST /openai/deployments/kiro/completions",
      "POST /v1/assistants",
      "POST /v1/threads/thread_1/runs",
      "POST /v1/images/generations",
      "POST /openai/deployments/dall-e-3/images/generations",
      "POST /v1/audio/transcriptions",
      "POST /v1/moderations",
      "POST /openai/v1/fine_tuning/jobs",
    ];
    for (const line of lines) {
      const [method = "", path = ""] = line.split(" ");
      const { status, json } = await bridge.call(path, { method });
      assert.equal(status, 404, line);
      const { message, code } = Object(json["error"]);
      assert.equal(code, "unsupported_endpoint", line);
      assert.match(message, /vendor: point a client there|Use POST/, line);
    }
    for (const path of ["/v1/messages/batches", "/v1/messages/batches/b_1/results", "/v1/files", "/v1/skills"]) {
      const { status, json } = await bridge.call(path, { headers: { "anthropic-version": "2023-06-01" } });
      assert.equal(status, 404, path);
      assert.deepEqual([json["type"], Object(json["error"]).type], ["error", "not_found_error"], path);
    }
  });

  it("never read the body of such a request, and keep the connection", async () => {
    const connection = bridge.connect();
    const head = `Host: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n`;
    const body = `Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
    connection.write(`POST /v1/files HTTP/1.1\r\n${head}${body}`);
    connection.write(`GET /v1/models HTTP/1.1\r\n${head}Connection: close\r\n\r\n`);
    assert.deepEqual((await connection.ended).match(/^HTTP\/1\.1 \d+/gm), ["HTTP/1.1 404", "HTTP/1.1 200"]);
  });

  it("run nothing for a client that leaves while it sends its body", async () => {
    const connection = bridge.connect();
    const head = `Host: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n`;
    for (const path of ["/v1/chat/completions", "/v1/responses", "/v1/messages"]) {
      const leaving = bridge.connect();
      leaving.socket.end(
        `POST ${path} HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"model":"kiro"`,
      );
      await leaving.ended;
    }
    connection.write(`GET /v1/models HTTP/1.1\r\n${head}Connection: close\r\n\r\n`);
    assert.match(await connection.ended, /^HTTP\/1\.1 200/);
    assert.equal(bridge.core.executions.all.size, 0);
  });

  it("are those of Azure as well", async () => {
    for (const path of ["/openai/v1/models", "/openai/models?api-version=2024-10-21"]) {
      const { status, json } = await bridge.call(path);
      assert.deepEqual([status, json["object"]], [200, "list"], path);
    }
    assert.equal(routedUrl("/openai/v1/responses/resp_1?x=1"), "/v1/responses/resp_1?x=1");
    assert.equal(routedUrl("/openai/responses"), "/v1/responses");
    for (const url of ["/openai/deployments/m/chat/completions?api-version=1", "/openai/messages", "/v1/models", "/x"])
      assert.equal(routedUrl(url), url);
  });

  it("have the models, in the form of either vendor, also those whose ID has a slash", async () => {
    const { json } = await bridge.call("/v1/models");
    const model = (id: string) => ({ id, object: "model", created: 0, owned_by: "kiro" });
    assert.deepEqual(json, { object: "list", data: ["kiro", "gpt-4o", "org/model"].map(model) });
    for (const path of ["/v1/models/org%2Fmodel", "/v1/models/org/model", "/openai/v1/models/org/model?a=/b"])
      assert.deepEqual((await bridge.call(path)).json, model("org/model"), path);
    const headers = { "anthropic-version": "2023-06-01" };
    const { data, ...ends } = (await bridge.call("/v1/models?limit=20", { headers })).json;
    assert.deepEqual(ends, { has_more: false, first_id: "kiro", last_id: "org/model" });
    const [first] = data as unknown[];
    const kiro = { type: "model", id: "kiro", display_name: "Kiro", created_at: "1970-01-01T00:00:00.000Z" };
    assert.deepEqual(first, kiro);
    assert.deepEqual((await bridge.call("/v1/models/kiro", { headers })).json, kiro);
  });

  it("answer HEAD without a body, also where there is nothing", async () => {
    for (const [path, token, status] of [
      ["/api/hello", undefined, 401],
      ["/api/hello", TEST_TOKEN, 404],
      ["/v1/models", TEST_TOKEN, 200],
      ["/v1/messages", TEST_TOKEN, 404],
      ["/mcp", TEST_TOKEN, 404],
    ] as const) {
      const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
      const answer = await callPort(bridge.port, path, { method: "HEAD", headers });
      assert.deepEqual([answer.status, answer.text], [status, ""], path);
    }
  });

  it("respond 404 with the name of the setting while their gateway is switched off, without a restart", async () => {
    const kinds = [
      ["openai", "/v1/chat/completions", "POST", {}],
      ["openai", "/v1/models", "GET", {}],
      ["anthropic", "/v1/messages", "POST", {}],
      ["anthropic", "/v1/models", "GET", { "anthropic-version": "2023-06-01" }],
      ["mcp", "/mcp", "POST", {}],
    ] as const;
    for (const [gateway, path, method, headers] of kinds) {
      settings = { [`gateways.${gateway}.enabled`]: false };
      bridge.applySettings();
      const { status, text } = await bridge.call(path, { method, headers });
      assert.equal(status, 404, path);
      assert.ok(text.includes(`switched off by the setting kiroBridge.gateways.${gateway}.enabled`), text);
    }
    settings = { "gateways.openai.enabled": false };
    bridge.applySettings();
    assert.equal((await bridge.call("/v1/models", { headers: { "anthropic-version": "2023-06-01" } })).status, 200);
    settings = { "gateways.modelAliases": aliases };
    bridge.applySettings();
    assert.equal((await bridge.call("/v1/models")).status, 200);
  });

  it("are counted by gateway and outcome", async () => {
    const counted = async (labels: string): Promise<number> => {
      const line = (await bridge.call("/metrics")).text
        .split("\n")
        .find((one) => one.startsWith(`kiro_bridge_gateway_requests_total{${labels}}`));
      return Number(line?.split(" ")[1] ?? 0);
    };
    const answered = await counted('gateway="openai",outcome="answered"');
    const refused = await counted('gateway="anthropic",outcome="refused"');
    await bridge.call("/v1/models");
    await bridge.call("/v1/models/none", { headers: { "anthropic-version": "2023-06-01" } });
    assert.equal(await counted('gateway="openai",outcome="answered"'), answered + 1);
    assert.equal(await counted('gateway="anthropic",outcome="refused"'), refused + 1);
  });
});
