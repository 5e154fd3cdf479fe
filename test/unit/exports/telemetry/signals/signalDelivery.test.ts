import assert from "node:assert/strict";
import { DeliveryFailure } from "../../../../../src/exports/delivery/destination.ts";
import { SignalDelivery, type Taken } from "../../../../../src/exports/telemetry/signals/signalDelivery.ts";

const taken: Taken = { rejected: 0, message: "" };
const { signal } = new AbortController();
const items = (...ids: string[]) => ids.map((id) => ({ id }));
const refusal = (): never => {
  throw new DeliveryFailure("refused", "It refuses the request (400).", { status: 400 });
};
const outage = (): never => {
  throw new DeliveryFailure("passing", "It is not available (503).", { status: 503 });
};

describe("The delivery of one signal", () => {
  let requests: string[][];
  beforeEach(() => {
    requests = [];
  });
  const deliveryBy = (answer: (ids: readonly string[]) => Taken): SignalDelivery<{ readonly id: string }> =>
    new SignalDelivery(async (sent) => {
      const ids = sent.map(({ id }) => id);
      requests.push(ids);
      return await Promise.resolve(answer(ids));
    });

  it("finds out which item of a request that is refused is meant", async () => {
    const delivery = deliveryBy((ids) => (ids.includes("bad") ? refusal() : taken));
    const { refused } = await delivery.deliver(items("a", "b", "bad", "c", "d"), signal);
    assert.deepEqual(refused, [{ id: "bad", reason: "It refuses the request (400)." }]);
    const arrived = requests.filter((ids) => !ids.includes("bad")).flat();
    assert.deepEqual(arrived.toSorted(), ["a", "b", "c", "d"]);
  });

  it("still tells what was refused when the rest had to be sent again", async () => {
    let isDown = true;
    const delivery = deliveryBy((ids) => {
      if (ids.includes("bad")) return refusal();
      return isDown && ids.includes("d") ? outage() : taken;
    });
    await assert.rejects(delivery.deliver(items("bad", "b", "c", "d"), signal), { kind: "passing" });
    isDown = false;
    const { refused } = await delivery.deliver(items("bad", "b", "c", "d"), signal);
    assert.deepEqual(
      refused.map(({ id }) => id),
      ["bad"],
    );
    assert.equal(requests.filter((ids) => ids.length === 1 && ids[0] === "bad").length, 1);
  });

  it("still tells what was refused when another signal of the same facts has failed", async () => {
    const delivery = deliveryBy((ids) => (ids.includes("bad") ? refusal() : taken));
    const first = await delivery.deliver(items("bad"), signal);
    const again = await delivery.deliver(items("bad"), signal);
    assert.deepEqual(again.refused, first.refused);
    assert.equal(requests.length, 1);
    delivery.forget("bad");
    await delivery.deliver(items("bad"), signal);
    assert.equal(requests.length, 2);
  });

  it("does not ask again of items that a receiver has dropped by count", async () => {
    const delivery = deliveryBy(() => ({ rejected: 1, message: "" }));
    const first = await delivery.deliver(items("a", "b"), signal);
    assert.equal(first.refused.length, 2);
    assert.deepEqual(await delivery.deliver(items("a", "b"), signal), first);
    assert.equal(requests.length, 1);
  });
});
