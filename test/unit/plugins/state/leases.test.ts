import assert from "node:assert/strict";
import { giveBack, type Lease, leastOf, lend } from "../../../../src/plugins/state/store/leases.ts";

const DAY_MS = 24 * 3_600_000;

describe("The ids of replicas", () => {
  it("are lent to one process at a time, and to the same one again", () => {
    const first = lend([], "a", 1000);
    const second = lend(first, "b", 1000);
    assert.deepEqual([first[0].replica, second[0].replica], ["1", "2"]);
    const again = lend(second, "a", 2000);
    assert.deepEqual(again[0], { replica: "1", instance: "a", turn: 0, renewedAt: 2000 });
    assert.equal(again.length, 2);
  });

  it("are lent again when they were given back, or were not renewed for a day, with higher numbers", () => {
    const [lease] = lend([], "a", 1000);
    const taken = lend(giveBack([lease], "a"), "b", 1001 + DAY_MS);
    assert.deepEqual(taken, [{ replica: "1", instance: "b", turn: 1, renewedAt: 1001 + DAY_MS }]);
    assert.ok(leastOf(taken[0]) > leastOf(lease) + 2 ** 31);
    assert.equal(lend(taken, "c", 1001 + 2 * DAY_MS)[0].replica, "2");
    assert.equal(lend(taken, "c", 1002 + 2 * DAY_MS)[0].turn, 2);
  });

  it("are few: the one that was renewed longest ago is lent again", () => {
    let leases: readonly Lease[] = [];
    for (let n = 0; n < 200; n++) leases = lend(leases, `process ${n}`, n);
    assert.equal(leases.length, 64);
    assert.equal(new Set(leases.map(({ replica }) => replica)).size, 64);
  });

  it("are not lent again because the clock went back", () => {
    const [lease] = lend([], "a", 2 * DAY_MS);
    assert.equal(lend([lease], "b", DAY_MS)[0].replica, "2");
  });
});
