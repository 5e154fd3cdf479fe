import assert from "node:assert/strict";
import { composeSend } from "../../../../src/client/resilience/composeSend.ts";
import { commandRequest, FakeSend, networkFailure } from "../../../support/client/fakeSend.ts";
import { FakeTimes } from "../../../support/client/fakeTimes.ts";
import { settled } from "../../../support/windows/manualClock.ts";

describe("The order of the options", () => {
  let times: FakeTimes;
  let bridge: FakeSend;

  beforeEach(() => {
    times = new FakeTimes();
    bridge = new FakeSend();
  });

  it("counts a call that was repeated in vain once, without its time in the queue", async () => {
    const options = { queue: { maxConcurrent: 1 }, circuitBreaker: true, retry: { maxRetries: 2, baseDelayMs: 10 } };
    const { send, metrics, circuit } = composeSend(bridge.send, options, times);
    const first = send(commandRequest("first"));
    const second = assert.rejects(send(commandRequest("second")), { code: "NETWORK_ERROR" });
    await times.clock.pass(1000);
    bridge.next.respond();
    await first;
    for (let attempt = 0; attempt < 3; attempt++) {
      await settled();
      bridge.next.fail(networkFailure());
      await times.clock.pass(20);
    }
    await second;
    assert.equal(bridge.requests.length, 4);
    assert.equal(circuit?.metrics.failureCount, 1);
    const { requestCount, errorCount, averageResponseTime } = metrics.read();
    assert.deepEqual({ requestCount, errorCount }, { requestCount: 2, errorCount: 1 });
    assert.ok(averageResponseTime < 1000, `${averageResponseTime} ms`);
  });

  it("lets an event stream pass by, which connects again on its own", async () => {
    const options = { retry: true, circuitBreaker: { failureThreshold: 1 }, pool: { maxSockets: 1 } };
    const { send, circuit, metrics } = composeSend(bridge.send, options, times);
    const stream = send({ method: "GET", path: "/api/kiro/events", accept: "text/event-stream" });
    await settled();
    bridge.next.fail(networkFailure());
    await assert.rejects(stream, { code: "NETWORK_ERROR" });
    assert.equal(circuit?.state, "CLOSED");
    assert.equal(metrics.read().requestCount, 0);
  });
});
