import assert from "node:assert/strict";
import {
  CircuitBreakerKiroClient,
  EventDrivenKiroClient,
  HealthMonitoringClient,
  MetricsCollectingClient,
  QueuedKiroClient,
  SimpleKiroClient,
} from "../../../src/client/patterns.ts";
import { SimpleKiroClient as OriginalSimpleClient } from "../../fixtures/seedClients.ts";
import {
  HealthMonitoringClient as OriginalHealthClient,
  QueuedKiroClient as OriginalQueuedClient,
} from "../../fixtures/seedPatterns.ts";
import { eventUsage, otherUsage, simpleUsage } from "../../fixtures/seedUsage.ts";
import { type PlainServer, startPlainServer } from "../../support/client/plainServer.ts";
import { freePort } from "../../support/programs/freePort.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";
import { TestClock } from "../../support/testClock.ts";
import { until } from "../../support/until.ts";

/** The address of the document, which tests cannot have. */
const FIXED_URL = "http://localhost:3001";

describe("The presets of the original patterns", () => {
  let bridge: TestBridge;
  let url: string;
  let simple: SimpleKiroClient;
  let releases: (() => void)[];
  let running: number;
  let mostRunning: number;

  before(async () => {
    bridge = await startTestBridge({
      commands: {
        "workbench.action.showCommands": () => "shown",
        "test.hold": () => {
          running++;
          mostRunning = Math.max(mostRunning, running);
          return new Promise<void>((resolve) => releases.push(resolve)).finally(() => running--);
        },
      },
    });
    url = `http://127.0.0.1:${bridge.port}`;
    simple = new SimpleKiroClient(url, TEST_TOKEN);
  });
  after(() => bridge.dispose());
  beforeEach(() => void ([releases, running, mostRunning] = [[], 0, 0]));

  describe("take programs that were written from the document", () => {
    const { fetch } = globalThis;

    before(() => {
      globalThis.fetch = (input, init) => {
        assert.ok(typeof input === "string" && input.startsWith(FIXED_URL));
        const headers = { ...Object.fromEntries(new Headers(init?.headers)), Authorization: `Bearer ${TEST_TOKEN}` };
        return fetch(url + input.slice(FIXED_URL.length), { ...init, headers });
      };
    });
    after(() => void (globalThis.fetch = fetch));

    it("with its first example", async () => {
      const result = await simpleUsage();
      assert.ok(typeof result === "object" && result !== null && "output" in result);
      assert.equal(result.output, "shown");
    });

    it("with its example of events", async () => {
      const lines: string[] = [];
      const write = (text: string): void => void lines.push(text.replace(/\d+(?:\.\d+)?ms/, "0ms"));
      await eventUsage({ log: write, error: write });
      assert.deepEqual(
        new Set(lines),
        new Set([
          "Starting command: workbench.action.showCommands",
          "Command workbench.action.showCommands completed in 0ms",
          "Kiro status changed to: available",
        ]),
      );
    });
  });

  it("have every method of the document", async () => {
    const seen = await otherUsage(url, TEST_TOKEN);
    assert.deepEqual(seen.slice(0, 4), ["pooled", "retried", "again", "breaker"]);
    const [breaker, health] = [seen.slice(4, 6), seen[6]];
    assert.deepEqual([...breaker, health], [true, 0, true]);
    assert.deepEqual(seen.slice(7, 12), [1, 0, 0, true, null]);
    assert.deepEqual(seen.slice(12), ["queued", 0, 0, false, 400, "VALIDATION_FAILED"]);
  });

  it("run as many queued commands at the same time as maxConcurrent says, where the original ran one", async () => {
    const run = async (
      client: { executeCommand(command: string): Promise<unknown> },
      most: number,
    ): Promise<number> => {
      mostRunning = 0;
      const calls = Array.from({ length: 6 }, () => client.executeCommand("test.hold"));
      for (let released = 0; released < 6; released++) {
        await until(() => releases.length > 0 && running === Math.min(most, 6 - released));
        releases.shift()?.();
        await until(() => running < Math.min(most, 6 - released) || released + most < 6);
      }
      await Promise.all(calls);
      return mostRunning;
    };
    assert.equal(await run(new OriginalQueuedClient(new OriginalSimpleClient(url, TEST_TOKEN), 3), 1), 1);
    assert.equal(await run(new QueuedKiroClient(simple, 3), 3), 3);
  });

  it("are not healthy because of a 404, as the original was", async () => {
    const other: PlainServer = await startPlainServer((_request, response) => response.writeHead(404).end());
    try {
      const original = new OriginalHealthClient(`${other.url}/health`);
      original.startHealthMonitoring();
      await original.waitForHealthy();
      original.stopHealthMonitoring();
      const ours = new HealthMonitoringClient(new SimpleKiroClient(other.url));
      await assert.rejects(ours.waitForHealthy(500), /did not become healthy/);
      assert.equal(ours.isHealthy(), false);
      assert.match(ours.getHealthStatus().error ?? "", /404/);
    } finally {
      await other.dispose();
    }
  });

  it("check the bridge that their client has", async () => {
    const ours = new HealthMonitoringClient(simple);
    await ours.waitForHealthy();
    assert.equal(ours.isHealthy(), true);
  });

  it("forget failures of the breaker that are older than the monitoring period", async () => {
    const clock = TestClock.stopped();
    try {
      const breaker = new CircuitBreakerKiroClient(new SimpleKiroClient(`http://127.0.0.1:${await freePort()}`));
      const fail = (): Promise<void> =>
        assert.rejects(breaker.executeCommand("test.echo"), { name: "KiroApiError", code: "NETWORK_ERROR" });
      for (let count = 0; count < 4; count++) await fail();
      clock.pass(30_000);
      await fail();
      assert.equal(breaker.getState(), "CLOSED");
      for (let count = 0; count < 4; count++) await fail();
      assert.equal(breaker.getState(), "OPEN");
      await assert.rejects(breaker.executeCommand("test.echo"), /Circuit breaker is OPEN - service unavailable/);
    } finally {
      clock.release();
    }
  });

  it("emit health:check, and go on when a listener throws", async () => {
    const client = new EventDrivenKiroClient(simple);
    const warned = new Promise((resolve) => process.once("warning", resolve));
    const checked = new Promise<unknown[]>((resolve) =>
      client
        .on("health:check", () => {
          throw new Error("a listener of a program");
        })
        .on("health:check", (...args) => resolve(args)),
    );
    const [healthy, responseTime] = await checked;
    assert.equal(healthy, true);
    assert.equal(typeof responseTime, "number");
    assert.match(String(await warned), /a listener of a program/);
    client.dispose();
  });

  it("return copies of what they know", async () => {
    const measured = new MetricsCollectingClient(simple);
    Object.assign(measured.getMetrics(), { requestCount: 9 });
    assert.equal(measured.getMetrics().requestCount, 0);
    const health = new HealthMonitoringClient(simple);
    Object.assign(health.getHealthStatus(), { healthy: true });
    health.getHealthStatus().lastCheck.setTime(0);
    assert.equal(health.isHealthy(), false);
    assert.notEqual(health.getHealthStatus().lastCheck.getTime(), 0);
    const queued = new QueuedKiroClient(simple);
    Object.assign(queued.getQueueStatus(), { queueLength: 9 });
    assert.equal(queued.getQueueStatus().queueLength, 0);
  });

  it("combine", async () => {
    const events = new EventDrivenKiroClient(new QueuedKiroClient(new CircuitBreakerKiroClient(simple), 2));
    const started: string[] = [];
    const listener = (command: string): void => void started.push(command);
    events.once("command:start", listener).on("command:start", listener);
    assert.equal((await events.executeCommand("test.echo", ["a"])).output, "a");
    events.off("command:start", listener);
    await events.executeCommand("test.echo", ["b"]);
    events.removeAllListeners().dispose();
    assert.deepEqual(started, ["test.echo", "test.echo"]);
  });
});
