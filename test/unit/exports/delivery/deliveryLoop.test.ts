import assert from "node:assert/strict";
import { MemorySource, ScriptedDestination } from "../../../support/exports/scriptedDestination.ts";
import { failing, idsOf, LoopRig, waitFact } from "../../../support/exports/loopRig.ts";

describe("The delivery of facts to a destination", () => {
  let rig: LoopRig;
  beforeEach(() => void (rig = new LoopRig()));
  afterEach(() => rig.dispose());

  it("sends what there is in batches, and what comes later", async () => {
    const destination = new ScriptedDestination({ maxFacts: 2 });
    const source = new MemorySource([waitFact(1), waitFact(2), waitFact(3)]);
    const loop = rig.start(destination, source);
    assert.equal(loop.health.state, "idle");
    await loop.settled();
    assert.deepEqual(destination.calls, [idsOf(1, 2), idsOf(3)]);
    source.add(waitFact(4));
    loop.read(source);
    await loop.settled();
    assert.deepEqual(source.acknowledged, idsOf(1, 2, 3, 4));
    assert.deepEqual([loop.health.state, loop.health.sent], ["ok", 4]);
    assert.equal(loop.health.lastSuccess?.outcome, "stored");
  });

  it("keeps batches below the length that the destination takes, but sends a single fact of any length", async () => {
    const length = JSON.stringify(waitFact(1)).length;
    const destination = new ScriptedDestination({ maxFacts: 100, maxLength: length * 2 });
    const loop = rig.start(destination, new MemorySource([1, 2, 3].map((number) => waitFact(number))));
    await loop.settled();
    assert.deepEqual(destination.calls, [idsOf(1, 2), idsOf(3)]);
    const small = new ScriptedDestination({ maxFacts: 100, maxLength: 1 });
    await rig.start(small, new MemorySource([waitFact(1), waitFact(2)])).settled();
    assert.deepEqual(small.calls, [idsOf(1), idsOf(2)]);
  });

  it("keeps the order of each execution, and sends several executions at once", async () => {
    const destination = new ScriptedDestination({ concurrency: 2 });
    const first = Promise.withResolvers<void>();
    destination.reply(async () => {
      await first.promise;
      return { outcome: "sent" };
    });
    const loop = rig.start(
      destination,
      new MemorySource([waitFact(1, "a"), waitFact(2, "a"), waitFact(3, "b"), waitFact(4, "b")]),
    );
    while (destination.taken.length < 2) await new Promise(setImmediate);
    // The second fact of `a` waits for the first one.
    assert.deepEqual(destination.calls, [idsOf(1), idsOf(3), idsOf(4)]);
    first.resolve();
    await loop.settled();
    assert.deepEqual(destination.taken, idsOf(3, 4, 1, 2));
  });

  it("holds no more than a thousand facts of a destination that takes none", async () => {
    const destination = new ScriptedDestination();
    destination.otherwise = failing("passing");
    const source = new MemorySource(Array.from({ length: 5000 }, (_, index) => waitFact(index + 1)));
    const loop = rig.start(destination, source);
    await loop.settled();
    assert.equal(source.unread, 4000);
    destination.otherwise = () => ({ outcome: "stored" });
    await rig.pass(loop, 10_000);
    assert.equal(destination.taken.length, 5000);
  });

  it("gives up what is on its way when it ends", async () => {
    const destination = new ScriptedDestination();
    destination.otherwise = (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const source = new MemorySource([waitFact(1)]);
    const loop = rig.start(destination, source);
    while (destination.calls.length === 0) await new Promise(setImmediate);
    await loop.dispose();
    assert.deepEqual([source.acknowledged, source.refusals, loop.health.lastError], [[], [], undefined]);
  });

  it("reads no file again after its end that could not be read", async () => {
    const file = Promise.withResolvers<never>();
    let reads = 0;
    const source = new MemorySource();
    source.next = () => {
      reads += 1;
      return file.promise;
    };
    const loop = rig.start(new ScriptedDestination(), source);
    const ending = loop.dispose();
    file.reject(new Error("EIO"));
    await ending;
    const timers = rig.clock.waiting;
    loop.read(source);
    assert.deepEqual([reads, timers], [1, 0]);
  });
});
