import assert from "node:assert/strict";
import { KiroBridgeError } from "../../../../src/client/errors.ts";
import { Backoff } from "../../../../src/client/events/backoff.ts";
import { TestClock } from "../../../support/testClock.ts";

const HOUR_MS = 3_600_000;
const broken = new KiroBridgeError("NETWORK_ERROR", "broken", { recoverable: true });

describe("The pauses before a reconnect", () => {
  let clock: TestClock;
  const controller = new AbortController();
  const create = (maxOfflineMs: number): Backoff => new Backoff({ signal: controller.signal, maxOfflineMs });

  beforeEach(() => {
    clock = TestClock.stopped();
  });
  afterEach(() => clock.release());

  /** Waits for a pause of at most so long. */
  async function pause(backoff: Backoff, error: KiroBridgeError, ms: number): Promise<void> {
    const pausing = backoff.pause(error);
    clock.pass(ms);
    await pausing;
  }

  it("begin short, grow, and are short again after a connection that has lasted", async () => {
    const backoff = create(Number.POSITIVE_INFINITY);
    backoff.connected();
    await pause(backoff, broken, 100);
    await pause(backoff, broken, 1000);
    await pause(backoff, broken, 2000);
    for (let attempt = 0; attempt < 20; attempt++) await pause(backoff, broken, 10_000);
    backoff.connected();
    clock.pass(HOUR_MS);
    await pause(backoff, broken, 100);
  });

  it("count only the time without the bridge", async () => {
    const backoff = create(5000);
    for (let times = 0; times < 3; times++) {
      backoff.connected();
      clock.pass(HOUR_MS);
      await pause(backoff, broken, 100);
    }
    clock.pass(5000);
    await assert.rejects(backoff.pause(broken), broken);
  });

  it("last as long as the bridge asks for", async () => {
    const backoff = create(Number.POSITIVE_INFINITY);
    backoff.connected();
    const limited = new KiroBridgeError("RATE_LIMIT_EXCEEDED", "later", { recoverable: true, retryAfterMs: 20_000 });
    let isOver = false;
    const pausing = backoff.pause(limited).then(() => (isOver = true));
    clock.pass(19_999);
    await Promise.resolve();
    assert.equal(isOver, false);
    clock.pass(101);
    await pausing;
  });

  it("do not last for hours, whatever a proxy asks for", async () => {
    const backoff = create(Number.POSITIVE_INFINITY);
    backoff.connected();
    const limited = new KiroBridgeError("RATE_LIMIT_EXCEEDED", "later", {
      recoverable: true,
      retryAfterMs: 1000 * HOUR_MS,
    });
    await pause(backoff, limited, 120_100);
  });

  it("do not follow an error that stays, a failed execution, or a bridge that was never reached", async () => {
    const backoff = create(Number.POSITIVE_INFINITY);
    await assert.rejects(backoff.pause(broken), broken);
    backoff.connected();
    const denied = new KiroBridgeError("ACCESS_DENIED", "denied");
    const interrupted = new KiroBridgeError("KIRO_UNAVAILABLE", "ended", { recoverable: true, executionId: "exec-1" });
    const mistake = new TypeError("a mistake");
    for (const error of [denied, interrupted, mistake]) await assert.rejects(backoff.pause(error), error);
  });

  it("tolerate for ten seconds that something is not found", async () => {
    const backoff = create(Number.POSITIVE_INFINITY);
    backoff.connected();
    const missing = new KiroBridgeError("NOT_FOUND", "not yet");
    await pause(backoff, missing, 100);
    clock.pass(10_000);
    await assert.rejects(backoff.pause(missing), missing);
  });
});
