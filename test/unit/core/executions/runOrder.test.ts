import assert from "node:assert/strict";
import { compareNewestFirst, orderOf, RunIds } from "../../../../src/core/executions/runOrder.ts";

describe("Ids of executions", () => {
  it("contain the time of their creation and the id of their process", () => {
    const ids = new RunIds();
    const before = Date.now();
    const [first, second] = [orderOf(ids.next()), orderOf(ids.next())];
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual([first.count, second.count, second.life], [1, 2, first.life]);
    const after = Date.now();
    assert.ok(before <= first.time && first.time <= second.time && second.time <= after);
  });

  it("never collide in two windows that count at the same time", () => {
    const windows = [new RunIds(), new RunIds()];
    const ids = Array.from({ length: 1000 }, () => windows.map((window) => window.next())).flat();
    assert.equal(new Set(ids).size, 2000);
    const withoutLife = ids.map((id) => id.slice(0, id.lastIndexOf("-")));
    assert.ok(new Set(withoutLife).size < 2000, "without their last part some are equal");
  });

  it("sort newest first, ids of earlier versions without a last part included", () => {
    const ids = ["exec-2-1-b", "exec-2-2-a", "exec-2-1", "exec-3-1-a", "exec-2-1-a", "exec-1-9-z"];
    const orders = ids.map((id) => ({ id, order: orderOf(id) ?? assert.fail(id) }));
    assert.deepEqual(
      orders.toSorted((a, b) => compareNewestFirst(a.order, b.order)).map(({ id }) => id),
      ["exec-3-1-a", "exec-2-2-a", "exec-2-1", "exec-2-1-a", "exec-2-1-b", "exec-1-9-z"],
    );
    for (const a of orders)
      for (const b of orders) assert.equal(compareNewestFirst(a.order, b.order) === 0, a === b, `${a.id} ${b.id}`);
  });

  it("accept no other form", () => {
    for (const id of [
      "",
      "exec-1",
      "exec-1-2-",
      "exec-1-2-A",
      "exec-1-2-a-b",
      "exec-x-2",
      `exec-1-2-${"a".repeat(17)}`,
    ])
      assert.equal(orderOf(id), undefined, id);
  });
});
