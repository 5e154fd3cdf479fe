import assert from "node:assert/strict";
import { systemClock } from "../../../../src/base/clock.ts";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { DeliveryHealth } from "../../../../src/exports/delivery/deliveryHealth.ts";
import { DeliveryFailure, type Receipt } from "../../../../src/exports/delivery/destination.ts";
import { PeriodicDelivery } from "../../../../src/exports/delivery/periodicDelivery.ts";
import { epochTime, failing } from "../../../support/exports/loopRig.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";

describe("What is sent at intervals", () => {
  let store: DisposableStore;
  let clock: TestClock;
  let health: DeliveryHealth;
  let sends: { readonly signal: AbortSignal; readonly settle: (receipt: () => Receipt) => void }[];
  beforeEach(() => {
    store = new DisposableStore();
    clock = TestClock.stopped();
    store.defer(() => clock.release());
    health = new DeliveryHealth(epochTime);
    sends = [];
  });
  afterEach(() => store.dispose());

  const start = (): PeriodicDelivery => {
    const send = (signal: AbortSignal) =>
      new Promise<Receipt>((resolve, reject) => {
        const settle = (receipt: () => Receipt): void => {
          try {
            resolve(receipt());
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        };
        sends.push({ signal, settle });
      });
    const periodic = { intervalMs: 60_000, send };
    const options = { name: "place", periodic, health, clock: systemClock, logger: silentLogger };
    return store.add(new PeriodicDelivery(options));
  };
  const settle = async (receipt: () => Receipt, isSo: () => boolean): Promise<void> => {
    sends.at(-1)?.settle(receipt);
    await until(isSo, "the next state");
  };

  it("waits for the end of a send before the next interval begins", async () => {
    start();
    clock.pass(59_999);
    assert.equal(sends.length, 0);
    clock.pass(1);
    clock.pass(300_000);
    assert.equal(sends.length, 1);
    await settle(
      () => ({ outcome: "sent" }),
      () => health.state === "ok",
    );
    assert.deepEqual([health.lastSuccess?.outcome, health.sent], ["sent", 0]);
    clock.pass(60_000);
    assert.equal(sends.length, 2);
  });

  it("tells a failure, and tries again at the next interval, or when something has changed", async () => {
    const delivery = start();
    clock.pass(60_000);
    await settle(failing("passing", { status: 503 }), () => health.state === "retrying");
    assert.equal(health.lastError?.status, 503);
    clock.pass(60_000);
    await settle(failing("blocked", { status: 401 }), () => health.state === "blocked");
    delivery.wake();
    assert.equal(sends.length, 3);
    delivery.wake();
    assert.equal(sends.length, 3);
    await settle(
      () => ({ outcome: "stored" }),
      () => health.state === "ok",
    );
    clock.pass(60_000);
    assert.equal(sends.length, 4);
  });

  it("sends nothing more when the destination is gone", async () => {
    start();
    clock.pass(60_000);
    await settle(failing("gone", { status: 410 }), () => health.state === "paused");
    clock.pass(600_000);
    assert.equal(sends.length, 1);
  });

  it("shows the worse state of the two ways", async () => {
    start();
    health.enter("blocked");
    clock.pass(60_000);
    await settle(
      () => ({ outcome: "stored" }),
      () => health.lastSuccess !== undefined,
    );
    assert.equal(health.state, "blocked");
    health.enter("ok");
    assert.equal(health.state, "ok");
  });

  it("sends once more when asked at the end, after what is on its way", async () => {
    const delivery = start();
    const flushed = delivery.flush();
    assert.equal(sends.length, 1);
    await settle(
      () => ({ outcome: "sent" }),
      () => health.state === "ok",
    );
    await flushed;
    clock.pass(60_000);
    assert.equal(sends.length, 2);
    const again = delivery.flush();
    assert.equal(sends.length, 2);
    await settle(
      () => ({ outcome: "sent" }),
      () => sends.length === 3,
    );
    sends[2]?.settle(failing("passing", { status: 503 }));
    await again;
    assert.equal(health.state, "retrying");
  });

  it("sends nothing at the end to a destination that is gone, and gives up what takes too long", async () => {
    const delivery = start();
    clock.pass(60_000);
    const late = delivery.flush();
    delivery.dispose();
    await late;
    assert.deepEqual([sends.length, sends[0]?.signal.aborted], [1, true]);
    const gone = start();
    clock.pass(60_000);
    await settle(failing("gone", { status: 410 }), () => health.state === "paused");
    await gone.flush();
    assert.equal(sends.length, 2);
  });

  it("gives up a send when it ends, and tells nothing of it", async () => {
    const delivery = start();
    clock.pass(60_000);
    delivery.dispose();
    assert.ok(sends[0]?.signal.aborted);
    await settle(
      () => {
        throw new DeliveryFailure("passing", "late");
      },
      () => true,
    );
    clock.pass(600_000);
    assert.deepEqual([sends.length, health.lastError], [1, undefined]);
  });
});
