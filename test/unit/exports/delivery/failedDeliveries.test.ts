import assert from "node:assert/strict";
import { MemorySource, ScriptedDestination } from "../../../support/exports/scriptedDestination.ts";
import { epochTime, failing, idOf, idsOf, LoopRig, waitFact } from "../../../support/exports/loopRig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("Deliveries that fail", () => {
  let rig: LoopRig;
  beforeEach(() => void (rig = new LoopRig()));
  afterEach(() => rig.dispose());

  it("waits longer and longer while the destination is down for an hour, then delivers all in order", async () => {
    const destination = new ScriptedDestination({ maxFacts: 3, concurrency: 4 });
    destination.otherwise = failing("passing");
    const facts = Array.from({ length: 30 }, (_, index) => waitFact(index + 1, `e${index % 5}`));
    const source = new MemorySource(facts);
    const loop = rig.start(destination, source, 0.999);
    await loop.settled();
    const atOnce = destination.calls.length;
    assert.ok(atOnce <= 4, `${atOnce} calls before the first delay`);
    assert.equal(loop.health.state, "retrying");
    assert.equal(loop.health.since, epochTime());
    await rig.pass(loop, HOUR, 500);
    // 2 s, 4 s, 8 s … 5 min: 7 attempts in the first 5 minutes, 11 in the rest.
    assert.ok(destination.calls.length - atOnce <= 20, `${destination.calls.length} calls in an hour`);
    assert.ok(destination.calls.length - atOnce >= 12, `${destination.calls.length} calls in an hour`);
    assert.deepEqual([loop.health.sent, loop.health.refused, source.refusals], [0, 0, []]);
    assert.equal(loop.health.lastError?.message, "It is passing.");
    destination.otherwise = () => ({ outcome: "stored" });
    await rig.pass(loop, 5 * MINUTE, 500);
    assert.equal(loop.health.state, "ok");
    assert.deepEqual(destination.taken.toSorted(), facts.map((each) => each.id).toSorted());
    for (let lane = 0; lane < 5; lane++) {
      const own = facts.filter((_, index) => index % 5 === lane).map((each) => each.id);
      assert.deepEqual(
        destination.taken.filter((each) => own.includes(each)),
        own,
      );
    }
  });

  it("comes again when a 429 says, at most after an hour", async () => {
    const destination = new ScriptedDestination();
    destination.reply(failing("passing", { status: 429, retryAfterMs: 90_000 }));
    const loop = rig.start(destination, new MemorySource([waitFact(1), waitFact(2)]));
    await loop.settled();
    assert.equal(loop.nextAttemptAt, epochTime() + 90_000);
    await rig.pass(loop, 89_999);
    assert.equal(destination.calls.length, 1);
    destination.reply(failing("passing", { status: 429, retryAfterMs: 24 * HOUR }));
    await rig.pass(loop, 1);
    assert.equal(destination.calls.length, 2);
    await rig.pass(loop, HOUR - 1);
    assert.equal(destination.calls.length, 2);
    await rig.pass(loop, 1);
    assert.deepEqual(destination.taken, idsOf(1, 2));
  });

  it("tries for ever with 503, and gives nothing up", async () => {
    const destination = new ScriptedDestination();
    destination.otherwise = failing("passing", { status: 503 });
    const source = new MemorySource([waitFact(1), waitFact(2)]);
    const loop = rig.start(destination, source);
    await rig.pass(loop, 100 * HOUR, 10 * MINUTE);
    assert.ok(destination.calls.length > 500);
    assert.deepEqual([source.refusals, loop.health.state], [[], "retrying"]);
  });

  it("makes a dead letter of a fact that is refused, alone of its batch, and delivers the others", async () => {
    const destination = new ScriptedDestination({ maxFacts: 10 });
    const refuse = failing("refused", { status: 413 });
    destination.otherwise = (facts) => (facts.some((each) => each.id === idOf(2)) ? refuse() : { outcome: "stored" });
    const source = new MemorySource([waitFact(1, "a"), waitFact(2, "a"), waitFact(3, "a"), waitFact(4, "b")]);
    const loop = rig.start(destination, source);
    await loop.settled();
    assert.deepEqual(source.refusals, [{ id: idOf(2), reason: "It is refused." }]);
    assert.deepEqual(source.acknowledged.toSorted(), idsOf(1, 3, 4));
    assert.deepEqual([loop.health.sent, loop.health.refused, loop.health.state], [3, 1, "ok"]);
    assert.deepEqual([loop.health.lastError?.kind, loop.health.lastError?.status], ["refused", 413]);
  });

  it("makes dead letters of the facts that a destination has dropped although it took the others with 200", async () => {
    const destination = new ScriptedDestination({ maxFacts: 10 });
    destination.reply(() => ({ outcome: "sent", refused: [{ id: idOf(2), reason: "Its time is too old." }] }));
    const source = new MemorySource([waitFact(1), waitFact(2), waitFact(3)]);
    const loop = rig.start(destination, source);
    await loop.settled();
    assert.deepEqual(source.refusals, [{ id: idOf(2), reason: "Its time is too old." }]);
    assert.deepEqual(source.acknowledged, idsOf(1, 3));
    assert.deepEqual([loop.health.sent, loop.health.refused], [2, 1]);
    assert.equal(loop.health.lastError?.message, "Its time is too old.");
  });

  it("waits for a person when it is blocked, loses nothing, and goes on at once when something has changed", async () => {
    const destination = new ScriptedDestination();
    destination.otherwise = failing("blocked", { status: 403 });
    const source = new MemorySource([waitFact(1), waitFact(2)]);
    const loop = rig.start(destination, source);
    await rig.pass(loop, HOUR, 30_000);
    assert.equal(loop.health.state, "blocked");
    assert.ok(destination.calls.length >= 4 && destination.calls.length <= 61, `${destination.calls.length} calls`);
    destination.otherwise = () => ({ outcome: "stored" });
    loop.wake();
    await loop.settled();
    assert.deepEqual([destination.taken, source.refusals, loop.health.state], [idsOf(1, 2), [], "ok"]);
  });

  it("sends nothing more to a destination that is gone", async () => {
    const destination = new ScriptedDestination();
    destination.reply(failing("gone", { status: 410 }));
    const source = new MemorySource([waitFact(1), waitFact(2)]);
    const loop = rig.start(destination, source);
    await loop.settled();
    assert.equal(loop.health.state, "paused");
    loop.read(source);
    loop.wake();
    await rig.pass(loop, 24 * HOUR, HOUR);
    assert.deepEqual([destination.calls, source.acknowledged, source.refusals], [[idsOf(1)], [], []]);
  });

  it("goes on with other executions when one fact makes the destination fail, and gives that one up at last", async () => {
    const destination = new ScriptedDestination({ maxFacts: 10 });
    const fail = failing("passing", { status: 500 });
    destination.otherwise = (facts) => (facts.some((each) => each.id === idOf(1)) ? fail() : { outcome: "stored" });
    const source = new MemorySource([waitFact(1, "a"), waitFact(2, "a"), waitFact(3, "b")]);
    const loop = rig.start(destination, source);
    await loop.settled();
    await rig.pass(loop, 1000);
    assert.deepEqual(destination.taken, idsOf(3));
    assert.equal(loop.health.state, "retrying");
    for (let number = 10; source.refusals.length === 0 && number < 1000; number++) {
      source.add(waitFact(number));
      loop.read(source);
      await rig.pass(loop, MINUTE);
    }
    assert.deepEqual(source.refusals, [{ id: idOf(1), reason: "It is passing." }]);
    await rig.pass(loop, MINUTE);
    assert.ok(destination.taken.includes(idOf(2)));
    assert.equal(loop.health.state, "ok");
  });

  it("takes the schedule of a destination that has one, and gives up at its end", async () => {
    const destination = new ScriptedDestination({}, [5000, 5 * MINUTE]);
    destination.otherwise = failing("passing", { status: 500 });
    const source = new MemorySource([waitFact(1)]);
    const loop = rig.start(destination, source);
    await loop.settled();
    await rig.pass(loop, 4999);
    assert.equal(destination.calls.length, 1);
    await rig.pass(loop, 1);
    assert.equal(destination.calls.length, 2);
    await rig.pass(loop, 5 * MINUTE - 1);
    assert.equal(destination.calls.length, 2);
    assert.deepEqual(source.refusals, []);
    await rig.pass(loop, 1);
    assert.deepEqual([destination.calls.length, source.refusals.length], [3, 1]);
  });

  it("goes on although thousands of facts wait for the schedule, within a limit", async () => {
    const destination = new ScriptedDestination({ concurrency: 4 }, [HOUR, HOUR]);
    const fail = failing("passing", { status: 500 });
    destination.otherwise = ([first]) => (Number(first?.event.eventId) % 2 === 0 ? { outcome: "sent" } : fail());
    const numbers = Array.from({ length: 12_000 }, (_, index) => index + 1);
    const source = new MemorySource(numbers.map((number) => waitFact(number)));
    const loop = rig.start(destination, source);
    await rig.pass(loop, 30 * MINUTE, 10_000);
    assert.deepEqual(destination.taken.slice(0, 3000), idsOf(...numbers.filter((n) => n % 2 === 0).slice(0, 3000)));
    assert.ok(source.unread >= 1000, `${source.unread} are unread`);
  });

  it("does not wait for the schedule when the destination is back", async () => {
    const destination = new ScriptedDestination({}, [HOUR, HOUR, HOUR]);
    destination.reply(failing("passing"), failing("passing"));
    const source = new MemorySource([waitFact(1), waitFact(2)]);
    const loop = rig.start(destination, source);
    await rig.pass(loop, 5000, 100);
    assert.equal(destination.calls.length, 2);
    source.add(waitFact(3));
    loop.read(source);
    await rig.pass(loop, 5000, 100);
    assert.deepEqual(destination.taken, idsOf(3, 1, 2));
  });

  it("abandons a call that never ends", async () => {
    const destination = new ScriptedDestination();
    const ended: unknown[] = [];
    destination.reply((_, signal) => {
      signal.addEventListener("abort", () => ended.push(signal.reason));
      return new Promise(() => undefined);
    });
    const loop = rig.start(destination, new MemorySource([waitFact(1)]));
    while (destination.calls.length === 0) await new Promise(setImmediate);
    rig.clock.pass(10 * MINUTE);
    await loop.settled();
    assert.equal(ended.length, 1);
    assert.match(loop.health.lastError?.message ?? "", /has not answered within 600 seconds/);
    await rig.pass(loop, 10_000);
    assert.deepEqual(destination.taken, idsOf(1));
  });

  it("survives an error in the code of a destination, without its words", async () => {
    const destination = new ScriptedDestination();
    destination.reply(() => {
      throw new TypeError("x of s3cr3t");
    });
    const loop = rig.start(destination, new MemorySource([waitFact(1), waitFact(2)]));
    await rig.pass(loop, 10_000, 1000);
    assert.match(
      loop.health.lastError?.message ?? "",
      /^The bridge could not send it: an internal error, see the log\.$/,
    );
    assert.deepEqual(destination.taken, idsOf(2, 1));
  });
});
