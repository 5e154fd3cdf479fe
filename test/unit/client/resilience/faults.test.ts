import assert from "node:assert/strict";
import { KiroBridgeClient } from "../../../../src/client/client.ts";
import type { ClientOptions } from "../../../../src/client/options.ts";
import { freePort } from "../../../support/programs/freePort.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge, type TestBridgeOptions } from "../../../support/testBridge.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";

describe("The options of the SDK, with a real bridge", () => {
  let bridge: TestBridge | undefined;
  let client: KiroBridgeClient;
  let clock: TestClock | undefined;
  let releases: (() => void)[];
  let order: string[];
  /** Requests that the client has sent, and how many of them had no response at the same time. */
  let sent: number;
  let open: number;
  let mostOpen: number;

  beforeEach(() => void ([releases, order, sent, open, mostOpen] = [[], [], 0, 0, 0]));
  afterEach(async () => {
    clock?.release();
    clock = undefined;
    for (const release of releases) release();
    await client.close();
    await bridge?.dispose();
    bridge = undefined;
  });

  async function startBridge(options: TestBridgeOptions = {}): Promise<TestBridge> {
    bridge = await startTestBridge({
      ...options,
      commands: {
        "test.hold": () => new Promise<void>((resolve) => releases.push(resolve)),
        "test.note": (name) => void order.push(JSON.stringify(name)),
      },
    });
    return bridge;
  }

  function connect(port: number, options: ClientOptions): KiroBridgeClient {
    const counting: typeof fetch = (input, init) => {
      sent++;
      mostOpen = Math.max(mostOpen, ++open);
      return fetch(input, init).finally(() => open--);
    };
    client = new KiroBridgeClient(`http://127.0.0.1:${port}`, { token: TEST_TOKEN, fetch: counting, ...options });
    return client;
  }

  it("wait as long as the Retry-After of a 429 says, and then succeed", async () => {
    clock = TestClock.stopped();
    const { port } = await startBridge({ limits: { maxRequestsPerMinute: 3 } });
    connect(port, { retry: { baseDelayMs: 0 } });
    for (let count = 0; count < 3; count++) await client.executeCommand("test.echo", ["passes"]);
    let isDone = false;
    const call = client.executeCommand("test.echo", ["waits"]).finally(() => (isDone = true));
    await until(() => sent === 4 && open === 0);
    // The whole minute, of which no time has passed.
    clock.pass(59_900);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(sent, 4);
    assert.equal(isDone, false);
    await until(() => {
      clock?.pass(1000);
      return sent === 5;
    });
    assert.equal((await call).output, "waits");
    assert.equal(sent, 5);
  });

  it("open the circuit, let one call try, and close it again", async () => {
    clock = TestClock.stopped();
    const port = await freePort();
    connect(port, { circuitBreaker: true });
    for (let count = 0; count < 5; count++)
      await assert.rejects(client.executeCommand("test.echo"), { code: "NETWORK_ERROR" });
    assert.equal(client.circuit?.state, "OPEN");
    await assert.rejects(client.executeCommand("test.echo"), { code: "CIRCUIT_OPEN" });
    assert.equal(sent, 5);

    clock.pass(60_000);
    await assert.rejects(client.executeCommand("test.echo"), { code: "NETWORK_ERROR" });
    assert.equal(client.circuit.state, "OPEN");
    assert.equal(client.circuit.metrics.failureCount, 6);
    assert.equal(sent, 6);

    await startBridge({ listen: { port } });
    await assert.rejects(client.executeCommand("test.echo"), { code: "CIRCUIT_OPEN" });
    clock.pass(60_000);
    const [probe, other] = [client.executeCommand("test.hold"), client.executeCommand("test.echo", ["other"])];
    const abort = new AbortController();
    const aborted = assert.rejects(client.executeCommand("test.echo", [], { signal: abort.signal }), /enough/);
    await until(() => releases.length === 1);
    assert.equal(client.circuit.state, "HALF_OPEN");
    abort.abort(new Error("enough"));
    await aborted;
    assert.equal(sent, 7);
    releases.shift()?.();
    await probe;
    assert.equal((await other).output, "other");
    assert.equal(client.circuit.state, "CLOSED");
    assert.equal(client.circuit.metrics.failureCount, 0);
  });

  it("run 1,000 queued calls by priority, as many at a time as maxConcurrent says", async () => {
    const { port } = await startBridge();
    connect(port, { queue: { maxConcurrent: 3 } });
    const held = [1, 2, 3].map(() => client.executeCommand("test.hold"));
    await until(() => releases.length === 3);
    const calls = Array.from({ length: 1000 }, (_, at) => ({ name: `${at}`, priority: at % 5 }));
    const done = calls.map(({ name, priority }) => client.executeCommand("test.note", [name], { priority }));
    assert.deepEqual(client.queue?.status, { queueLength: 1000, activeCommands: 3, processing: true });
    for (const release of releases.splice(0)) release();
    await Promise.all([...held, ...done]);
    assert.equal(mostOpen, 3);
    // Calls that are sent together may arrive in any order: each is at most two places off.
    const expected = calls.toSorted((a, b) => b.priority - a.priority);
    for (const [at, { name }] of expected.entries()) {
      const place = order.indexOf(JSON.stringify(name));
      assert.ok(Math.abs(place - at) <= 2, `call ${name} ran at place ${place}, not ${at}`);
    }
    assert.deepEqual(client.queue.status, { queueLength: 0, activeCommands: 0, processing: false });
  });

  it("end running, waiting and repeated calls when they are aborted, and free their places", async () => {
    const { port } = await startBridge();
    connect(port, { queue: { maxConcurrent: 1 }, pool: { maxSockets: 1 }, retry: true, circuitBreaker: true });
    const abort = new AbortController();
    const { signal } = abort;
    const aborted = [1, 2, 3].map(() => client.executeCommand("test.hold", [], { signal }));
    await until(() => releases.length === 1);
    const rejected = aborted.map((call) => assert.rejects(call, /enough/));
    abort.abort(new Error("enough"));
    await Promise.all(rejected);
    assert.deepEqual(client.queue?.status, { queueLength: 0, activeCommands: 0, processing: false });
    assert.equal((await client.executeCommand("test.echo", ["next"])).output, "next");

    await bridge?.dispose();
    bridge = undefined;
    const again = new AbortController();
    const repeated = client.executeCommand("test.echo", [], { signal: again.signal });
    const sentBefore = sent;
    await until(() => sent > sentBefore);
    const ended = assert.rejects(repeated, /never mind/);
    again.abort(new Error("never mind"));
    await ended;
    assert.deepEqual(client.queue.status, { queueLength: 0, activeCommands: 0, processing: false });
  });

  it("end everything when the client is closed", async () => {
    const { port } = await startBridge();
    connect(port, { queue: { maxConcurrent: 1 }, health: true });
    const calls = [1, 2].map(() => client.executeCommand("test.hold"));
    await until(() => releases.length === 1);
    const ends = Promise.allSettled([...calls, client.health.waitForHealthy().then(() => client.close())]);
    const [running, waiting] = await ends;
    for (const end of [running, waiting]) {
      assert.ok(end?.status === "rejected");
      assert.equal(end.reason.name, "AbortError");
    }
    await assert.rejects(client.health.waitForHealthy(), { name: "AbortError" });
    await assert.rejects(client.getStatus(), { name: "AbortError" });
  });
});
