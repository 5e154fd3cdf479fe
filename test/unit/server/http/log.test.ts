import assert from "node:assert/strict";
import type { LogFacts, Logger } from "../../../../src/base/logger.ts";
import { checkOwnGuards } from "../../../../src/server/listen/selfCheck.ts";
import { RefusalLog } from "../../../../src/server/guards/refusalLog.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { callPort } from "../../../support/httpClient.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

interface Line {
  readonly level: string;
  readonly text: string;
  readonly facts: LogFacts;
}

class RememberingLog implements Logger {
  readonly lines: Line[] = [];

  debug(text: string, facts: LogFacts = {}): void {
    this.lines.push({ level: "debug", text, facts });
  }

  info(text: string, facts: LogFacts = {}): void {
    this.lines.push({ level: "info", text, facts });
  }

  warn(text: string, facts: LogFacts = {}): void {
    this.lines.push({ level: "warn", text, facts });
  }

  error(text: string, facts: LogFacts = {}): void {
    this.lines.push({ level: "error", text, facts });
  }

  named(text: string): Line[] {
    return this.lines.filter((line) => line.text === text);
  }
}

const CANARY = "canary-7f3a9c1e5b2d4f6a8c0e1b3d5f7a9c2e4b6d8f0a";

describe("The log", () => {
  let log: RememberingLog;
  let bridge: TestBridge;

  beforeEach(async () => {
    log = new RememberingLog();
    bridge = await startTestBridge({ logger: log });
  });
  afterEach(() => bridge.dispose());

  const ended = (): Line[] => log.named("An execution has ended");

  it("records the execution and its caller at its start and its end", async () => {
    const { json } = await bridge.execute({ command: "test.echo" }, { "User-Agent": "night-build/2" });
    await until(() => ended().length === 1);
    const executionId = json["executionId"];
    assert.deepEqual(log.named("An execution was accepted"), [
      {
        level: "debug",
        text: "An execution was accepted",
        facts: { executionId, target: "editor", via: "http", principal: "owner", program: "night-build/2" },
      },
    ]);
    const [{ facts } = { facts: {} }] = ended();
    assert.deepEqual({ ...facts, elapsedMs: 0 }, { executionId, status: "completed", code: undefined, elapsedMs: 0 });
  });

  it("records the caller of a chat, of a request with a key, and of a WebSocket", async () => {
    await bridge.call("/kiro/chat", { body: { prompt: "hi" }, headers: { "User-Agent": "chatter" } });
    await bridge.execute({ command: "test.echo" }, { "User-Agent": "keyed", "Idempotency-Key": "one" });
    const client = await SocketClient.open(bridge, {
      headers: { Authorization: `Bearer ${TEST_TOKEN}`, "User-Agent": "watcher" },
    });
    await client.ask("execute", { request: { command: "test.fails" } });
    client.close();
    await until(() => ended().length === 3);
    assert.deepEqual(
      log.named("An execution was accepted").map(({ facts }) => facts["program"]),
      ["chatter", "keyed", "watcher"],
    );
    assert.equal(ended().at(-1)?.facts["code"], "COMMAND_EXECUTION_FAILED");
  });

  it("records who was rejected, at which endpoint, and by which rule", async () => {
    const headers = { "User-Agent": "stranger/1" };
    await callPort(bridge.port, "/api/kiro/status?x=1", { headers });
    await callPort(bridge.port, "/health", { headers: { ...headers, Host: "evil.example" } });
    await bridge.execute({ command: "x.deleteAccount" }, headers);
    const denied = new SocketClient(bridge.port, { headers });
    await denied.closed;
    const facts = log.named("A request was rejected").map((line) => {
      assert.equal(line.level, "info");
      const { requestId, ...rest } = line.facts;
      return { ...rest, hasRequestId: requestId !== undefined };
    });
    const caller = "stranger/1";
    const [status, health, execute] = ["/api/kiro/status", "/health", "/api/kiro/execute"];
    const unauthorized = {
      code: "AUTHENTICATION_FAILED",
      status: 401,
      executionId: undefined,
      rule: undefined,
      caller,
    };
    const forbidden = { code: "ACCESS_DENIED", status: 403, executionId: undefined, caller };
    assert.deepEqual(facts, [
      { ...unauthorized, method: "GET", path: status, hasRequestId: true },
      { ...forbidden, rule: "host", method: "GET", path: health, hasRequestId: true },
      { ...forbidden, rule: "*deleteAccount*", method: "POST", path: execute, hasRequestId: true },
      { ...unauthorized, method: "GET", path: "/ws", hasRequestId: false },
    ]);
  });

  it("records a client's invalid requests at debug level, over a WebSocket too", async () => {
    await bridge.execute({ command: 1 });
    const client = await SocketClient.open(bridge);
    await client.ask("cancel", { executionId: "none" });
    client.close();
    const lines = log.named("A request was rejected");
    assert.deepEqual(
      lines.map(({ level, facts }) => [level, facts["code"], facts["method"], facts["path"]]),
      [
        ["debug", "VALIDATION_FAILED", "POST", "/api/kiro/execute"],
        ["debug", "NOT_FOUND", "cancel", "/ws"],
      ],
    );
  });

  it("has nothing of the checks of the own guards, unlike of a program that claims to be one", async () => {
    await checkOwnGuards({ addresses: ["127.0.0.1"], port: bridge.port, authMode: "token" });
    assert.deepEqual(log.named("A request was rejected"), []);
    await bridge.call("/api/kiro/status", { headers: { Authorization: "", "User-Agent": "kiro-bridge-self-check/1" } });
    assert.equal(log.named("A request was rejected").length, 1);
  });

  it("is not filled by a client that is rejected repeatedly", () => {
    const refusals = new RefusalLog(log);
    const refused = { caller: "a", by: undefined, via: "http", method: "GET", path: "/" } as const;
    const note = (now: number): void => refusals.note(new BridgeError("AUTHENTICATION_FAILED"), refused, now);
    for (let count = 0; count < 1000; count++) note(count);
    assert.equal(log.lines.length, 30);
    note(61_000);
    assert.equal(log.lines.at(-1)?.facts["skipped"], 970);
    note(61_001);
    assert.equal(log.lines.at(-1)?.facts["skipped"], undefined);
    assert.equal(log.lines.length, 32);
  });

  it("contains no token, no prompt, and nothing of a request but its sender", async () => {
    const execute = (body: object, headers = {}) => bridge.execute(body, headers);
    await execute({ command: "test.echo", args: [CANARY] });
    await execute({ command: CANARY });
    await execute({ command: `x.deleteAccount ${CANARY}` });
    await execute({ command: CANARY, target: "cli" });
    await execute({ command: 1, [CANARY]: CANARY });
    await execute({ command: "test.echo", params: [{ $type: CANARY }] });
    await execute({ command: "test.echo" }, { Authorization: `Bearer ${CANARY}` });
    await execute({ command: "test.echo" }, { "Idempotency-Key": `${CANARY}\u00e9` });
    await execute({ command: "test.echo" }, { Host: CANARY });
    await execute({ command: "test.echo" }, { Origin: `https://${CANARY}` });
    await execute({ command: "test.echo", workspacePath: `/${CANARY}` });
    await bridge.call("/kiro/chat", { body: { prompt: CANARY, schema: { $ref: CANARY } } });
    for (const path of [
      `/${CANARY}`,
      `/api/kiro/executions/${CANARY}`,
      `${"/long".repeat(15)}/${CANARY}`,
      `/health?challenge=${CANARY}`,
      `/ws/${TEST_TOKEN}`,
    ]) {
      await bridge.call(path);
    }
    await callPort(bridge.port, `/api/kiro/status?token=${TEST_TOKEN}`);
    await callPort(bridge.port, `/api/kiro/events?ticket=${CANARY}`);
    const client = await SocketClient.open(bridge);
    await client.ask("execute", { request: { command: CANARY }, idempotencyKey: CANARY });
    client.webSocket.send(JSON.stringify({ id: CANARY, method: CANARY, params: CANARY }));
    await client.waitFor(({ id }) => id === CANARY);
    client.close();
    const text = JSON.stringify(log.lines);
    assert.ok(log.lines.length > 20);
    assert.ok(!text.includes(CANARY), text);
    assert.ok(!text.includes(TEST_TOKEN), text);
    assert.doesNotMatch(text, new RegExp(CANARY.slice(0, 20)));
  });
});
