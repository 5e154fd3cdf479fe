import assert from "node:assert/strict";
import { Agent } from "node:http";
import { callPort } from "../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";

const CALLS = 10_000;
const version = "2026-07-28";
const params = {
  name: "run_command",
  arguments: { id: "test.echo", params: ["hello"] },
  _meta: {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientInfo": { name: "flood", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  },
};

describe("Ten thousand calls of an MCP tool at once", () => {
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge();
  });

  after(() => bridge.dispose());

  const call = (id: number, agent?: Agent) =>
    callPort(bridge.port, "/mcp", {
      body: { jsonrpc: "2.0", id, method: "tools/call", params },
      headers: {
        Authorization: `Bearer ${TEST_TOKEN}`,
        Accept: "application/json, text/event-stream",
        "MCP-Protocol-Version": version,
        "Mcp-Method": "tools/call",
        "Mcp-Name": "run_command",
      },
      ...(agent !== undefined && { agent }),
    });

  it("are each answered, or refused as too many", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 400 });
    const answers = await Promise.all(Array.from({ length: CALLS }, (_, id) => call(id, agent)));
    agent.destroy();
    const statuses = new Set(answers.map(({ status }) => status));
    statuses.delete(200);
    assert.deepEqual(
      [...statuses].filter((status) => status !== 429),
      [],
    );
    const answered = answers.filter(({ status }) => status === 200);
    assert.ok(answered.length >= 256);
    for (const { text } of answered) assert.ok(text.includes('"hello"') || text.includes('"isError":true'), text);
    for (const { headers, text } of answers.filter(({ status }) => status === 429)) {
      assert.match(text, /MCP requests of this client are in progress/);
      assert.notEqual(headers["retry-after"], undefined);
    }
    assert.equal(bridge.core.executions.active.size, 0);
    assert.match((await call(1)).text, /"hello"/);
  });
});
