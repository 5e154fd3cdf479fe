import assert from "node:assert/strict";
import { errorBodySchema } from "../../../../src/protocol/errorBody.ts";
import { ERRORS } from "../../../../src/protocol/errors.ts";
import { FakeTerminal } from "../../../support/programs/fakeTerminal.ts";
import { callPort } from "../../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const EXECUTE = "POST /api/kiro/execute";

interface Request {
  /** Method and path. */
  readonly line: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly hasNoToken?: boolean;
}

const json = (body: object): Request => ({
  line: EXECUTE,
  headers: ["Content-Type: application/json"],
  body: JSON.stringify(body),
});
const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: x"];

const failures: readonly (readonly [status: number, what: string, request: Request | string])[] = [
  [400, "wrong JSON", { ...json({}), body: "{" }],
  [400, "no HTTP", "hello\r\n\r\n"],
  [401, "no token", { line: "GET /api/kiro/status", hasNoToken: true }],
  [403, "a foreign Origin", { line: "GET /health", headers: ["Origin: https://example.org"] }],
  [403, "a denied command", json({ command: "x.deleteAccount" })],
  [404, "a path that is not there", { line: "GET /nothing" }],
  [
    408,
    "a body that does not come",
    { ...json({}), headers: ["Content-Type: application/json", "Content-Length: 9"], body: "{" },
  ],
  [408, "a command that takes too long", json({ command: "test.hangs", timeoutMs: 20 })],
  [413, "a large body", json({ command: "x".repeat(3000) })],
  [415, "another type", { ...json({}), headers: ["Content-Type: text/plain"] }],
  [431, "large headers", { line: "GET /health", headers: [`X-Large: ${"x".repeat(20_000)}`] }],
  [500, "a mistake of ours", { line: "GET /api/kiro/status" }],
  [400, "an upgrade that is none", { line: "GET /ws", headers: upgrade }],
  [400, "an upgrade of the terminal that is none", { line: "GET /terminal", headers: upgrade }],
  [401, "an upgrade without a token", { line: "GET /ws", headers: upgrade, hasNoToken: true }],
  [404, "an upgrade of another path", { line: "GET /nothing", headers: upgrade }],
];

describe("Every answer", () => {
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge({
      commands: { "test.hangs": () => new Promise(() => undefined) },
      limits: { maxBodyBytes: 2048 },
      listen: { receiveTimeoutMs: 1000 },
      terminals: { open: async () => new FakeTerminal() },
    });
    bridge.core.window.describe = () => {
      throw new Error("a mistake");
    };
  });
  after(() => bridge.dispose());

  /** The head and the body of the answer, after which the connection ends. */
  async function ask(request: Request | string): Promise<{ head: string; body: string }> {
    const connection = bridge.connect();
    if (typeof request === "string") connection.write(request);
    else {
      const { line, headers = [], body = "", hasNoToken = false } = request;
      const own = [`Host: 127.0.0.1:${bridge.port}`, ...(hasNoToken ? [] : [`Authorization: Bearer ${TEST_TOKEN}`])];
      const isWhole = body === "" || headers.some((header) => header.startsWith("Content-Length"));
      const end = headers.some((header) => header.startsWith("Connection")) ? [] : ["Connection: close"];
      const lines = [...own, ...headers, ...(isWhole ? [] : [`Content-Length: ${body.length}`]), ...end];
      connection.write(`${line} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
    }
    const text = await connection.ended;
    const at = text.indexOf("\r\n\r\n");
    return { head: text.slice(0, at), body: text.slice(at + 4) };
  }

  for (const [status, what, request] of failures) {
    it(`that is a failure has the one error body and an id: ${status} for ${what}`, async () => {
      const { head, body } = await ask(request);
      assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(head, /^x-request-id: [\da-f-]{36}$/im);
      const { code, recoverable } = errorBodySchema.parse(JSON.parse(body));
      assert.ok(ERRORS[code].status === status || status === 431, code);
      assert.equal(recoverable, ERRORS[code].recoverable);
    });
  }

  it("has its own request id, even without a body", async () => {
    const paths = ["/health", "/", "/health", "/api/kiro/commands"];
    const ids = await Promise.all(paths.map(async (path) => String((await bridge.call(path)).headers["x-request-id"])));
    const executed = await bridge.execute({ command: "test.echo" });
    assert.equal(executed.status, 200);
    const all = [...ids, String(executed.headers["x-request-id"])];
    const options = await callPort(bridge.port, "/health", { method: "OPTIONS" });
    all.push(String(options.headers["x-request-id"]));
    for (const id of all) assert.match(id, /^[\da-f-]{36}$/);
    assert.equal(new Set(all).size, all.length);
  });
});
