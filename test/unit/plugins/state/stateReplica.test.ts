import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HybridClock, type Stamp } from "../../../../src/plugins/state/hybridClock.ts";
import { parseDocument } from "../../../../src/plugins/state/parseDocument.ts";
import { stateLimits } from "../../../../src/plugins/state/stateLimits.ts";
import { StateReplica } from "../../../../src/plugins/state/stateReplica.ts";

const HOUR_MS = 3_600_000;

function replicas(...ids: readonly string[]): StateReplica[] {
  return ids.map((id) => new StateReplica({ id }));
}

describe("A hybrid logical clock", () => {
  it("goes on when the wall clock goes back by an hour", () => {
    let now = 1e12;
    const clock = new HybridClock(() => now);
    const before = clock.tick("a");
    now -= HOUR_MS;
    const [ms, count] = clock.tick("a");
    assert.deepEqual([ms, count], [before[0], before[1] + 1]);
    now += 2 * HOUR_MS;
    assert.deepEqual(clock.tick("a"), [now, 0, "a"]);
  });

  it("is after what it has received, also from a clock that is ahead", () => {
    const now = 1e12;
    const clock = new HybridClock(() => now);
    clock.receive([now + 1000, 7, "b"]);
    assert.deepEqual(clock.tick("a"), [now + 1000, 8, "a"]);
  });

  it("does not accept times far in the future, nor creeps there", () => {
    const now = 1e12;
    const clock = new HybridClock(() => now);
    const ahead = (ms: number): Stamp => [now + ms, 0, "b"];
    assert.equal(clock.accepts(ahead(HOUR_MS)), false);
    assert.equal(clock.accepts(ahead(240_000)), true);
    clock.receive(ahead(240_000));
    assert.equal(clock.accepts(ahead(480_000)), false);
  });

  it("accepts again what it has once received, after the wall clock went back", () => {
    let now = 1e12;
    const clock = new HybridClock(() => now);
    clock.receive([now, 0, "b"]);
    now -= HOUR_MS;
    assert.equal(clock.accepts([1e12, 5, "b"]), true);
  });
});

describe("A replica of the state", () => {
  it("has the later of two writes, also when the writer's clock went back", () => {
    let now = 1e12;
    const a = new StateReplica({ id: "a", clock: new HybridClock(() => now) });
    const b = new StateReplica({ id: "b", clock: new HybridClock(() => now) });
    b.merge(a.setRegister("config", { timeout: 1 }));
    now -= HOUR_MS;
    a.merge(b.setRegister("config", { timeout: 2 }));
    assert.deepEqual(a.getRegister("config"), { timeout: 2 });
    a.setRegister("config", { timeout: 3 });
    assert.deepEqual(a.getRegister("config"), { timeout: 3 });
  });

  it("counts up and down by any finite number", () => {
    const [a, b] = replicas("a", "b");
    assert.ok(a && b);
    assert.equal(a.getCounter("n"), 0);
    const changes = [a.increment("n", 5), a.increment("n", -2), b.increment("n", 0.5), b.increment("n", -10)];
    for (const change of changes) {
      a.merge(change);
      b.merge(change);
    }
    assert.equal(a.getCounter("n"), -6.5);
    assert.equal(b.getCounter("n"), -6.5);
  });

  it("counts no number that is not finite", () => {
    const [a] = replicas("a");
    assert.ok(a);
    for (const by of [Number.NaN, Number.POSITIVE_INFINITY, "1" as unknown as number]) {
      assert.throws(() => a.increment("n", by), { code: "VALIDATION_FAILED" });
    }
    a.increment("n", Number.MAX_VALUE);
    assert.throws(() => a.increment("n", Number.MAX_VALUE), { code: "VALIDATION_FAILED" });
    assert.equal(a.getCounter("n"), Number.MAX_VALUE);
  });

  it("compares objects in sets by value", () => {
    const [a, b] = replicas("a", "b");
    assert.ok(a && b);
    b.merge(a.addToSet("endpoints", { path: "/users", method: "GET" }));
    a.addToSet("endpoints", { method: "GET", path: "/users" });
    assert.equal(a.getMembers("endpoints").length, 1);
    const removal = b.removeFromSet("endpoints", { method: "GET", path: "/users" });
    assert.ok(removal);
    assert.deepEqual(b.getMembers("endpoints"), []);
  });

  it("keeps an addition that the removal did not know", () => {
    const [a, b] = replicas("a", "b");
    assert.ok(a && b);
    b.merge(a.addToSet("tasks", "t"));
    const again = a.addToSet("tasks", "t");
    const removal = b.removeFromSet("tasks", "t");
    assert.ok(removal);
    a.merge(removal);
    b.merge(again);
    assert.deepEqual(a.getMembers("tasks"), ['"t"']);
    assert.deepEqual(b.getMembers("tasks"), ['"t"']);
  });

  it("does not bring a removed member back by an old document", () => {
    const [a, b] = replicas("a", "b");
    assert.ok(a && b);
    a.addToSet("tasks", "t");
    const old = a.toJSON();
    a.removeFromSet("tasks", "t");
    b.merge(old);
    a.merge(b.toJSON());
    assert.deepEqual(a.getMembers("tasks"), []);
    assert.equal(a.removeFromSet("tasks", "t"), undefined);
  });

  it("takes keys and members with the names of object members", () => {
    const [a, b] = replicas("a", "b");
    assert.ok(a && b);
    const names = ["__proto__", "constructor", "toString"];
    for (const name of names) {
      assert.equal(a.getRegister(name), undefined);
      assert.equal(a.getCounter(name), 0);
      assert.deepEqual(a.getMembers(name), []);
      a.setRegister(name, JSON.parse(`{"${name}": {"polluted": true}}`));
      a.increment(name, 1);
      a.addToSet(name, name);
    }
    b.merge(parseDocument(JSON.parse(JSON.stringify(a.toJSON()))));
    for (const name of names) {
      assert.equal(JSON.stringify(b.getRegister(name)), `{"${name}":{"polluted":true}}`);
      assert.equal(b.getCounter(name), 1);
      assert.deepEqual(b.getMembers(name), [JSON.stringify(name)]);
    }
    assert.equal("polluted" in {}, false);
  });

  it("keeps copies of values that nobody can change", () => {
    const [a] = replicas("a");
    assert.ok(a);
    const value = { nested: { list: [1] } };
    a.setRegister("r", value);
    value.nested.list.push(2);
    assert.deepEqual(a.getRegister("r"), { nested: { list: [1] } });
    assert.throws(() => (a.getRegister("r") as typeof value).nested.list.push(3), TypeError);
  });

  it("refuses values that JSON cannot express", () => {
    const [a] = replicas("a");
    assert.ok(a);
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    for (const value of [undefined, () => 1, cyclic, 1n]) {
      assert.throws(() => a.setRegister("r", value), { code: "VALIDATION_FAILED" });
      assert.throws(() => a.addToSet("s", value), { code: "VALIDATION_FAILED" });
    }
    assert.deepEqual(a.toJSON(), { version: 1 });
  });

  it("refuses what exceeds a limit, and keeps what it has", () => {
    const limits = { ...stateLimits, keyLength: 5, keys: 2, valueBytes: 100, setMembers: 3, documentBytes: 600 };
    const a = new StateReplica({ id: "a", limits });
    const tooLarge = { code: "PAYLOAD_TOO_LARGE" };
    assert.throws(() => a.setRegister("", 1), { code: "VALIDATION_FAILED" });
    assert.throws(() => a.setRegister(1 as unknown as string, 1), { code: "VALIDATION_FAILED" });
    assert.throws(() => a.setRegister("sixsix", 1), tooLarge);
    assert.throws(() => a.setRegister("r", "x".repeat(99)), tooLarge);
    assert.throws(() => a.setRegister("r", "é".repeat(50)), tooLarge);
    for (const key of ["k1", "k2"]) a.increment(key, 1);
    assert.throws(() => a.increment("k3", 1), tooLarge);
    for (const member of [1, 2, 3]) a.addToSet("s", member);
    assert.throws(() => a.addToSet("s", 4), tooLarge);
    a.addToSet("s", 3);
    a.setRegister("r", "x".repeat(98));
    assert.throws(() => {
      for (let n = 0; n < 20; n++) a.addToSet(`s${n % 2}`, "y".repeat(50 + n));
    }, tooLarge);
    assert.ok(a.bytes <= limits.documentBytes);
    assert.equal(a.getRegister("r"), "x".repeat(98));
  });

  it("has the limits that the guide names", () => {
    const guide = readFileSync(join(import.meta.dirname, "../../../../docs/guides/plugins.md"), "utf8");
    const { keys, valueBytes, setMembers, documentBytes, exportBytes } = stateLimits;
    const kilobytes = (bytes: number): string => `${bytes / 1024} KiB`;
    const named = `at most ${keys.toLocaleString("en")} keys of each type, ${kilobytes(valueBytes)} in a value, ${setMembers.toLocaleString("en")} members in a set and ${kilobytes(documentBytes)} in all; an exported value has at most ${kilobytes(exportBytes)}.`;
    assert.ok(guide.replaceAll(/\s+/g, " ").includes(named), named);
  });

  it("lets a later holder of its id go on above all numbers of the earlier one", () => {
    const a = new StateReplica({ id: "1" });
    const unknown = a.addToSet("tasks", "lost");
    const store = new StateReplica({ id: "store" });
    store.merge(new StateReplica({ id: "1", least: 2 }).addToSet("tasks", "known"));
    store.closeBefore("1", 1001);
    const next = new StateReplica({ id: "1", least: 1001 }, store.toJSON());
    store.merge(next.addToSet("tasks", "next"));
    store.merge(unknown);
    assert.deepEqual(store.getMembers("tasks").toSorted(), ['"known"', '"next"']);
    assert.deepEqual(store.toJSON().sets?.["tasks"]?.seen, { 1: [1, 1001] });
  });
});
