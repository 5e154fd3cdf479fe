import assert from "node:assert/strict";
import { MessageQueue } from "../../../../../src/plugins/bus/broker/messageQueue.ts";

interface Item {
  readonly priority: number;
  readonly bytes: number;
  readonly number: number;
}

const numbers = (items: (Item | undefined)[]) => items.map((item) => item?.number);

const waiting = { bytes: 0 };

describe("The queue of a subscription", () => {
  it("gives the highest priority first, and the oldest within one", () => {
    const queue = new MessageQueue<Item>(waiting);
    for (const [number, priority] of [5, 1, 10, 5, 10, 1].entries()) queue.push({ priority, bytes: 1, number });
    assert.equal(queue.length, 6);
    assert.deepEqual(numbers(Array.from({ length: 7 }, () => queue.shift())), [2, 4, 0, 3, 1, 5, undefined]);
    assert.equal(queue.length, 0);
    assert.equal(queue.bytes, 0);
    assert.equal(waiting.bytes, 0);
  });

  it("drops the oldest of the lowest priority", () => {
    const queue = new MessageQueue<Item>(waiting);
    for (const [number, priority] of [5, 1, 10, 1].entries()) queue.push({ priority, bytes: 10, number });
    assert.deepEqual(numbers(Array.from({ length: 5 }, () => queue.drop())), [1, 3, 0, 2, undefined]);
    assert.equal(queue.bytes, 0);
    assert.equal(waiting.bytes, 0);
  });

  it("keeps the order of many that come and go", () => {
    const queue = new MessageQueue<Item>(waiting);
    const taken: (number | undefined)[] = [];
    let pushed = 0;
    for (let round = 0; round < 3000; round++) {
      for (let item = 0; item < 3; item++) queue.push({ priority: 5, bytes: 1, number: pushed++ });
      for (let item = 0; item < 2; item++) taken.push(queue.shift()?.number);
    }
    while (queue.length > 0) taken.push(queue.shift()?.number);
    assert.deepEqual(
      taken,
      Array.from({ length: 9000 }, (_, number) => number),
    );
  });
});
