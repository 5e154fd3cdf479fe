import assert from "node:assert/strict";
import { openAiChat } from "../../support/models/forms/openAiChat.ts";
import { ModelServer } from "../../support/models/modelServer.ts";
import { type EngineBridge, startEngineBridge } from "../../support/models/startEngineBridge.ts";

describe("The usage of engines", () => {
  let server: ModelServer;
  let running: EngineBridge | undefined;

  beforeEach(async () => {
    server = await ModelServer.start();
    server.otherwise = openAiChat({ text: "Hello.", usage: { input: 1000, cached: 200, output: 100 } });
  });
  afterEach(async () => {
    await running?.dispose();
    await server.dispose();
  });

  const start = async (limits: object): Promise<EngineBridge> => {
    running = await startEngineBridge({ engines: [engineAt(server, limits)] });
    return running;
  };

  it("stops at a daily limit, with its use and the time at which it ends", async () => {
    const engines = await start({ maxDailyCost: 1 });
    assert.equal((await engines.run("priced", "chat", ["Hi"])).json["success"], true);
    const { status, headers, json } = await engines.run("priced", "chat", ["Hi again"]);
    assert.deepEqual({ status, code: json["code"], recoverable: json["recoverable"] }, limited);
    const { resetsAt } = (await engines.bridge.core.enginesModule?.usage()) ?? {};
    const context = { engine: "priced", limitName: "maxDailyCost", limit: 1, used: 1, resetsAt };
    assert.deepEqual(json["context"], context);
    assert.match(String(json["message"]), /^The engine 'priced' has reached its daily limit of 1 EUR/);
    const seconds = Number(headers["retry-after"]);
    assert.ok(seconds > 0 && seconds <= 25 * 3600, `${seconds} s`);
    assert.equal(server.requests.length, 1, "the vendor is not asked");
  });

  it("stops gateways in the form of their protocols", async () => {
    const { bridge } = await start({ maxDailyTokens: 1000 });
    const messages = [{ role: "user", content: "Hi" }];
    const body = { model: "priced", max_tokens: 100, messages };
    assert.equal((await bridge.call("/v1/chat/completions", { body })).status, 200);
    for (const [path, type] of Object.entries({
      "/v1/chat/completions": "rate_limit_error",
      "/v1/messages": "error",
    })) {
      const { status, headers, text } = await bridge.call(path, { body });
      assert.equal(status, 429, path);
      assert.match(text, /daily limit of 1000 tokens/);
      assert.ok(text.includes(`"type":"${type}"`), text);
      assert.ok(Number(headers["retry-after"]) > 0);
    }
    assert.equal(server.requests.length, 1, "the vendor is not asked");
  });

  it("is in the metrics", async () => {
    const engines = await start({});
    await engines.run("priced", "chat", ["Hi"]);
    const { text } = await engines.bridge.call("/metrics");
    for (const sample of [
      'engine_steps_total{engine="priced"} 1',
      'engine_tokens_total{engine="priced",kind="input"} 1000',
      'engine_tokens_total{engine="priced",kind="cached_input"} 200',
      'engine_tokens_total{engine="priced",kind="output"} 100',
      'engine_cost_total{engine="priced",currency="EUR"} 1',
      'engine_session_tokens_total{engine="priced",session="sess-priced-1"} 1100',
      'engine_principal_tokens_total{engine="priced",principal="owner"} 1100',
    ]) {
      assert.ok(text.includes(`\nkiro_bridge_${sample}\n`), `${sample} in ${text}`);
    }
  });

  it("is summed by engine, principal and session, also by another window", async () => {
    const first = await start({});
    await first.run("priced", "chat", ["Hi"]);
    const used = { inputTokens: 1000, cachedInputTokens: 200, outputTokens: 100, cost: 1, currency: "EUR" };
    const sum = { engine: "priced", steps: 1, ...used };
    const { engines, principals, sessions } = (await first.bridge.core.enginesModule?.usage()) ?? {};
    assert.deepEqual(engines, [sum]);
    assert.deepEqual(principals, [{ ...sum, principalId: "owner" }]);
    assert.deepEqual(sessions, [{ ...sum, sessionId: "sess-priced-1", windowId: "window-1" }]);
    const other = await startEngineBridge({ engines: [engineAt(server)], windowId: "window-2" }, first);
    try {
      assert.deepEqual((await other.bridge.core.enginesModule?.usage())?.engines, [sum]);
    } finally {
      await other.dispose();
    }
  });
});

const limited = { status: 429, code: "RATE_LIMIT_EXCEEDED", recoverable: true };
const prices = { input: 1000, cachedInput: 0, output: 2000, currency: "EUR" };

function engineAt({ url }: ModelServer, limits: object = {}) {
  return { id: "priced", baseUrl: `${url}/v1`, models: ["test-model"], limits, prices };
}
