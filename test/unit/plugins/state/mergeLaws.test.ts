import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalJson } from "../../../../src/base/canonicalJson.ts";
import { HybridClock } from "../../../../src/plugins/state/hybridClock.ts";
import { parseDocument } from "../../../../src/plugins/state/parseDocument.ts";
import type { StateDocument } from "../../../../src/plugins/state/stateDocument.ts";
import { StateReplica } from "../../../../src/plugins/state/stateReplica.ts";

const REPLICAS = ["a", "b", "c"];
const key = fc.constantFrom("x", "y", "__proto__");
const value = fc.oneof(
  fc.constantFrom<unknown>("t1", "t2", { path: "/api", method: "GET" }, { method: "GET", path: "/api" }, null, 0),
  fc.jsonValue({ maxDepth: 2 }),
);
const amount = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }));
const write = fc.oneof(
  fc.record({ type: fc.constant("set" as const), key, value }),
  fc.record({ type: fc.constant("increment" as const), key, amount }),
  fc.record({ type: fc.constant("add" as const), key, value }),
  fc.record({ type: fc.constant("remove" as const), key, value }),
);
const replica = fc.nat({ max: REPLICAS.length - 1 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant("write" as const), replica, write }) },
  // An exchange in a partition: a change arrives late, twice, out of order, or never.
  { weight: 2, arbitrary: fc.record({ does: fc.constant("deliver" as const), replica, change: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("sync" as const), replica, from: replica }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("clock" as const), ms: fc.integer({ min: -4e6, max: 4e6 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const schedule = fc.array(step, { maxLength: 60 });

/** Three replicas that have written and exchanged as a schedule says, and all changes that they have published. */
function run(steps: readonly Step[]): { replicas: StateReplica[]; changes: StateDocument[] } {
  let now = 1e12;
  const replicas = REPLICAS.map((id) => new StateReplica({ id, clock: new HybridClock(() => now) }));
  const changes: StateDocument[] = [];
  const at = (index: number): StateReplica => replicas[index] ?? assert.fail();
  for (const each of steps) {
    if (each.does === "clock") now += each.ms;
    else if (each.does === "write") {
      const change = apply(at(each.replica), each.write);
      if (change !== undefined) changes.push(asSent(change));
    } else if (each.does === "sync") at(each.replica).merge(asSent(at(each.from).toJSON()));
    else {
      const change = changes[each.change % Math.max(1, changes.length)];
      if (change !== undefined) at(each.replica).merge(change);
    }
  }
  return { replicas, changes };
}

function apply(on: StateReplica, what: Extract<Step, { does: "write" }>["write"]): StateDocument | undefined {
  if (what.type === "set") return on.setRegister(what.key, what.value);
  if (what.type === "increment") return on.increment(what.key, what.amount);
  return what.type === "add" ? on.addToSet(what.key, what.value) : on.removeFromSet(what.key, what.value);
}

const asSent = (document: StateDocument): StateDocument => parseDocument(JSON.parse(JSON.stringify(document)));

/** Merges documents from left to right. */
function merged(...documents: readonly StateDocument[]): StateDocument {
  const all = new StateReplica({ id: "reader" });
  for (const document of documents) all.merge(document);
  return all.toJSON();
}

const same = (a: StateDocument, b: StateDocument): void => assert.equal(canonicalJson(a), canonicalJson(b));

describe("Documents of shared state", () => {
  it("merge in any order with the same result", () => {
    const property = fc.property(schedule, (steps) => {
      const [a, b, c] = documentsOf(steps);
      same(merged(a, b), merged(b, a));
      same(merged(a, b, c), merged(c, b, a));
    });
    fc.assert(property);
  });

  it("merge in any grouping with the same result", () => {
    const property = fc.property(schedule, (steps) => {
      const [a, b, c] = documentsOf(steps);
      same(merged(merged(a, b), c), merged(a, merged(b, c)));
    });
    fc.assert(property);
  });

  it("merge any number of times with the same result", () => {
    const property = fc.property(schedule, (steps) => {
      const [a, b] = documentsOf(steps);
      same(merged(a, a), a);
      same(merged(a, b, a, b), merged(a, b));
    });
    fc.assert(property);
  });

  it("converge by changes alone, in any order and partly twice", () => {
    const order = fc.infiniteStream(fc.nat());
    const property = fc.property(schedule, order, (steps, numbers) => {
      const { replicas, changes } = run(steps);
      const whole = merged(...replicas.map((each) => each.toJSON()));
      for (const each of replicas) {
        const shuffled = [...changes, ...changes.slice(0, changes.length / 2)]
          .map((change) => ({ change, order: numbers.next().value }))
          .toSorted((a, b) => a.order - b.order);
        for (const { change } of shuffled) each.merge(change);
        same(each.toJSON(), whole);
      }
    });
    fc.assert(property);
  });

  it("have the same size on all replicas, about that of their JSON", () => {
    const property = fc.property(schedule, (steps) => {
      const [a, b, c] = documentsOf(steps);
      const one = new StateReplica({ id: "one" }, merged(a, b, c));
      const other = new StateReplica({ id: "other" }, merged(c, a, b));
      assert.equal(one.bytes, other.bytes);
      const counted = new StateReplica({ id: "third" }, asSent(one.toJSON())).bytes;
      assert.equal(counted, one.bytes);
      assert.ok(JSON.stringify(one.toJSON()).length <= one.bytes * 2 + 200);
    });
    fc.assert(property);
  });

  it("keep no trace of removed members, however often they are added", () => {
    const { replicas } = run([]);
    const [a, b] = [replicas[0] ?? assert.fail(), replicas[1] ?? assert.fail()];
    a.addToSet("tasks", 0);
    a.removeFromSet("tasks", 0);
    b.merge(a.toJSON());
    const empty = JSON.stringify(a.toJSON()).length;
    for (let task = 0; task < 2000; task++) {
      b.merge(a.addToSet("tasks", { task }));
      const removal = b.removeFromSet("tasks", { task });
      a.merge(removal ?? assert.fail());
    }
    assert.ok(JSON.stringify(a.toJSON()).length <= empty + 8, JSON.stringify(a.toJSON()));
    same(a.toJSON(), b.toJSON());
  });

  it("are refused when they come from a version, or have a shape, that is unknown", () => {
    const broken: unknown[] = [
      undefined,
      [],
      {},
      { version: 2 },
      { version: 1, registers: { k: {} } },
      { version: 1, registers: { k: { value: 1, at: [-1, 0, "a"] } } },
      { version: 1, registers: { k: { value: 1, at: [1, 0, ""] } } },
      { version: 1, registers: { "": { value: 1, at: [1, 0, "a"] } } },
      { version: 1, counters: { k: { a: [0, 1] } } },
      { version: 1, counters: { k: { a: [1, "1"] } } },
      { version: 1, sets: { k: { seen: {}, members: { '"x"': { a: 1 } } } } },
      { version: 1, sets: { k: { seen: { a: [1, 2] }, members: { x: { a: 1 } } } } },
      { version: 1, sets: { k: { seen: { a: [1, 2] }, members: { '"x"': { a: 1 }, '"y"': { a: 1 } } } } },
      { version: 1, sets: { k: { seen: { a: [3, 2] }, members: {} } } },
      { version: 1, sets: { k: { seen: { a: [1, 2, 3, 4] }, members: {} } } },
      { version: 1, sets: { k: { seen: { a: [1] }, members: {} } } },
      { version: 1, sets: { k: { seen: { a: [1, Number.MAX_VALUE] }, members: {} } } },
    ];
    for (const each of broken) {
      assert.throws(() => parseDocument(each), { code: "VALIDATION_FAILED" }, JSON.stringify(each));
    }
  });
});

function documentsOf(steps: readonly Step[]): [StateDocument, StateDocument, StateDocument] {
  const [a, b, c] = run(steps).replicas.map((each) => asSent(each.toJSON()));
  return [a ?? assert.fail(), b ?? assert.fail(), c ?? assert.fail()];
}
