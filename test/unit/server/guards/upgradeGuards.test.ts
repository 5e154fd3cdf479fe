import assert from "node:assert/strict";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const PAGE = "https://app.example";
const STATUS = "/api/kiro/status";

describe("The upgrade handler", () => {
  let bridge: TestBridge;

  beforeEach(async () => {
    bridge = await startTestBridge({ guards: { allowedOrigins: [PAGE] } });
  });

  afterEach(() => bridge.dispose());

  /** The whole response of a rejection, or the beginning of an accepted upgrade. */
  const upgrade = (
    path: string,
    headers: Record<string, string>,
    host = `127.0.0.1:${bridge.port}`,
  ): Promise<string> => {
    const handshake = { "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
    const all = { Host: host, Connection: "Upgrade", Upgrade: "websocket", ...handshake, ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const connection = bridge.connect().write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    return Promise.any([connection.receives(/^HTTP\/1\.1 101 /), connection.ended]);
  };
  const withToken = { Authorization: `Bearer ${TEST_TOKEN}` };

  it("accepts the token in the header, and as a subprotocol", async () => {
    assert.match(await upgrade("/ws", withToken), /^HTTP\/1.1 101 /);
    assert.match(await upgrade("/ws?since=4", withToken), /^HTTP\/1.1 101 /);
    const protocol = { "Sec-WebSocket-Protocol": `kiro-bridge, bearer.${TEST_TOKEN}` };
    assert.match(await upgrade("/ws", { ...protocol, Origin: PAGE }), /^HTTP\/1.1 101 /);
  });

  it("rejects an upgrade without a token, with a wrong one, and with one in the query", async () => {
    for (const headers of [
      {},
      { Authorization: "Bearer no" },
      { "Sec-WebSocket-Protocol": "kiro-bridge, bearer.no" },
    ]) {
      assert.match(await upgrade("/ws", headers), /^HTTP\/1.1 401 .*"code":"AUTHENTICATION_FAILED"/s);
    }
    assert.match(await upgrade(`/ws?token=${TEST_TOKEN}`, withToken), /^HTTP\/1.1 401 /);
  });

  it("rejects a foreign Host, a foreign Origin and foreign pages", async () => {
    assert.match(await upgrade("/ws", withToken, "evil.example"), /^HTTP\/1.1 403 .*"rule":"host"/s);
    assert.match(await upgrade("/ws", { ...withToken, Origin: "https://evil.example" }), /^HTTP\/1.1 403 /);
    assert.match(await upgrade("/ws", { ...withToken, "Sec-Fetch-Site": "cross-site" }), /^HTTP\/1.1 403 /);
  });

  it("responds NOT_FOUND for any other path", async () => {
    assert.match(await upgrade("/elsewhere", withToken), /^HTTP\/1.1 404 .*"code":"NOT_FOUND"/s);
    assert.match(await upgrade("/health", {}), /^HTTP\/1.1 401 /);
  });

  it("rejects upgrades while the bridge stops", async () => {
    bridge.server.announceStop();
    for (const path of ["/ws", "/terminal"]) {
      assert.match(await upgrade(path, withToken), /^HTTP\/1.1 503 .*"code":"KIRO_UNAVAILABLE"/s, path);
    }
    assert.equal(bridge.core.clients.size, 0);
  });

  it("counts upgrades against the limit of requests, on every path", async () => {
    const limited = await startTestBridge({ limits: { maxRequestsPerMinute: 2 } });
    await bridge.dispose();
    bridge = limited;
    assert.match(await upgrade("/ws", withToken), /^HTTP\/1.1 101 /);
    assert.equal((await bridge.call(STATUS)).status, 200);
    for (const path of ["/ws", "/api/kiro/events", "/terminal"]) {
      const answer = await upgrade(path, withToken);
      assert.match(answer, /^HTTP\/1.1 429 .*"code":"RATE_LIMIT_EXCEEDED"/s, path);
      const seconds = Number(/\r\nRetry-After: (\d+)\r\n/.exec(answer)?.[1]);
      assert.ok(seconds > 1 && seconds <= 60, answer);
    }
    assert.match(await upgrade("/ws", { Authorization: "Bearer no" }), /^HTTP\/1.1 401 /);
  });

  it("handles a request that only offers HTTP/2, as Java's client does, as a request", async function () {
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    if (major < 24 || (major === 24 && minor < 9)) this.skip();
    const text = await upgrade("/health", { Connection: "Upgrade, HTTP2-Settings, close", Upgrade: "h2c" });
    assert.match(text, /^HTTP\/1.1 200 .*"healthy"/s);
  });
});
