import assert from "node:assert/strict";
import { onAbort } from "../../../../src/base/abort.ts";
import { ClientEvents } from "../../../../src/client/resilience/clientEvents.ts";
import { HealthMonitor, type HealthDeps, type HealthOptions } from "../../../../src/client/resilience/health.ts";
import type { HealthResponse } from "../../../../src/client/wireTypes.ts";
import { networkFailure } from "../../../support/client/fakeSend.ts";
import { FakeTimes } from "../../../support/client/fakeTimes.ts";
import { settled } from "../../../support/windows/manualClock.ts";

const healthy: HealthResponse = { status: "healthy", timestamp: "", server: { running: true } };

describe("HealthMonitor", () => {
  let times: FakeTimes;
  let events: ClientEvents;
  let monitor: HealthMonitor;
  let seen: unknown[][];
  let checks: number;
  let timeouts: number[];
  /** The end of the next checks. */
  let outcome: HealthResponse | Error;

  const check: HealthDeps["check"] = async ({ timeoutMs }) => {
    checks++;
    timeouts.push(timeoutMs);
    await Promise.resolve();
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };

  beforeEach(() => {
    times = new FakeTimes();
    events = new ClientEvents();
    [seen, timeouts, checks, outcome] = [[], [], 0, healthy];
    for (const name of ["health:check", "status:changed"] as const)
      events.on(name, (...args) => seen.push([name, ...args]));
    monitor = create();
  });

  function create(options: HealthOptions = {}): HealthMonitor {
    return new HealthMonitor({ check, events, times }, options);
  }

  it("checks at once when it is started, and every 30 s, with a deadline of 5 s", async () => {
    assert.equal(monitor.isHealthy, false);
    monitor.start();
    monitor.start();
    await times.clock.pass(0);
    assert.deepEqual(monitor.status, { healthy: true, lastCheck: new Date(1_000_000), responseTime: 0 });
    await times.clock.pass(29_999);
    assert.equal(checks, 1);
    await times.clock.pass(60_001);
    assert.equal(checks, 4);
    assert.deepEqual(timeouts, [5000, 5000, 5000, 5000]);
    monitor.stop();
    await times.clock.pass(120_000);
    assert.equal(checks, 4);
    assert.equal(times.clock.waiting, 0);
  });

  it("emits each check, and each change", async () => {
    create({ intervalMs: 1000 }).start();
    await times.clock.pass(500);
    outcome = networkFailure();
    await times.clock.pass(2000);
    assert.deepEqual(seen, [
      ["health:check", true, 0],
      ["status:changed", "available"],
      ["health:check", false, 0],
      ["status:changed", "unavailable"],
      ["health:check", false, 0],
    ]);
  });

  it("says why the bridge is not healthy", async () => {
    outcome = { ...healthy, status: "unhealthy", reason: "window_disconnected" };
    monitor.start();
    await times.clock.pass(0);
    assert.equal(monitor.status.error, "The bridge is unhealthy: window_disconnected.");
    outcome = networkFailure();
    await times.clock.pass(30_000);
    assert.equal(monitor.status.error, "connect ECONNREFUSED");
    assert.equal(monitor.isHealthy, false);
  });

  it("lets a call wait for the first healthy check, without further checks", async () => {
    outcome = networkFailure();
    monitor.start();
    await times.clock.pass(0);
    let isDone = false;
    const waiting = monitor.waitForHealthy(300_000).then(() => (isDone = true));
    await times.clock.pass(29_000);
    assert.equal(checks, 1);
    outcome = healthy;
    assert.equal(isDone, false);
    await times.clock.pass(1000);
    await waiting;
    await monitor.waitForHealthy();
    assert.equal(checks, 2);
  });

  it("checks while a call waits, also when it is not started", async () => {
    outcome = networkFailure();
    const waiting = [monitor.waitForHealthy(), monitor.waitForHealthy(100_000)];
    const late = assert.rejects(async () => waiting[0], {
      code: "OPERATION_TIMEOUT",
      message: "Service did not become healthy within timeout: connect ECONNREFUSED",
    });
    await times.clock.pass(30_000);
    await late;
    outcome = healthy;
    await times.clock.pass(30_000);
    await waiting[1];
    const made = checks;
    await times.clock.pass(120_000);
    assert.equal(checks, made);
    assert.equal(times.clock.waiting, 0);
  });

  it("ends the wait of a call that is aborted, and of all calls when it is closed", async () => {
    outcome = networkFailure();
    const abort = new AbortController();
    const aborted = assert.rejects(monitor.waitForHealthy(1000, abort.signal), /enough/);
    const closed = assert.rejects(monitor.waitForHealthy(1000), /closed/);
    await settled();
    abort.abort(new Error("enough"));
    await aborted;
    monitor.close(new Error("closed"));
    await closed;
    monitor.start();
    await assert.rejects(monitor.waitForHealthy(), /closed/);
    await settled();
    assert.equal(times.clock.waiting, 0);
  });

  it("takes nothing from a check that it has ended", async () => {
    const ended = Promise.withResolvers<void>();
    const slow = new HealthMonitor({
      events,
      times,
      check: ({ signal }) => {
        onAbort(signal, () => ended.resolve());
        return new Promise(() => undefined);
      },
    });
    slow.start();
    slow.stop();
    await ended.promise;
    assert.deepEqual(seen, []);
  });

  it("returns copies", () => {
    const { status } = monitor;
    Object.assign(status, { healthy: true });
    status.lastCheck.setTime(0);
    assert.equal(monitor.isHealthy, false);
    assert.deepEqual(monitor.status.lastCheck, new Date(1_000_000));
  });
});
