import assert from "node:assert/strict";
import { Heartbeat } from "../../../../src/dashboard/state/heartbeat.ts";

const options = { everyMs: 1, deadlineMs: 20 };

function until(heartbeat: Heartbeat, wanted: boolean): Promise<void> {
  return new Promise((resolve) => heartbeat.onDidChange((isAlive) => isAlive === wanted && resolve()));
}

describe("Heartbeat", () => {
  it("fires when the host stops answering, and when it answers again", async () => {
    let answers = false;
    let asked = 0;
    const heartbeat = new Heartbeat(() => {
      asked++;
      return answers ? Promise.resolve() : new Promise(() => undefined);
    }, options);
    assert.equal(heartbeat.isAlive, true);
    const gone = until(heartbeat, false);
    const startedAt = heartbeat.aliveAt;
    heartbeat.start();
    await gone;
    assert.equal(heartbeat.isAlive, false);
    assert.equal(heartbeat.aliveAt, startedAt);
    const back = until(heartbeat, true);
    answers = true;
    await back;
    assert.equal(heartbeat.isAlive, true);
    assert.ok(asked >= 2);
    await heartbeat.dispose();
  });

  it("treats an error as an answer", async () => {
    let asked = 0;
    const many = Promise.withResolvers<void>();
    const heartbeat = new Heartbeat(() => {
      if (++asked === 5) many.resolve();
      return Promise.reject(new Error("no"));
    }, options);
    heartbeat.onDidChange(() => assert.fail("it changed"));
    heartbeat.start();
    await many.promise;
    assert.equal(heartbeat.isAlive, true);
    await heartbeat.dispose();
  });
});
