import assert from "node:assert/strict";
import { backoffOf } from "../../../../src/exports/delivery/backoff.ts";

const MINUTE = 60_000;

describe("The delays between attempts", () => {
  const [shortest, longest] = [backoffOf(() => 0), backoffOf(() => 1 - Number.EPSILON)];

  it("grow from one second to five minutes, at random up to the longest", () => {
    assert.deepEqual(
      [1, 2, 8, 9, 1000].map((failures) => shortest.passing(failures, undefined)),
      [1000, 1000, 1000, 1000, 1000],
    );
    assert.deepEqual(
      [1, 2, 8, 9, 1000].map((failures) => Math.round(longest.passing(failures, undefined))),
      [2000, 4000, 256_000, 5 * MINUTE, 5 * MINUTE],
    );
  });

  it("are from one to fifteen minutes while a person must mend something", () => {
    assert.equal(shortest.blocked(1, undefined), MINUTE);
    assert.deepEqual(
      [1, 3, 9].map((failures) => Math.round(longest.blocked(failures, undefined))),
      [2 * MINUTE, 8 * MINUTE, 15 * MINUTE],
    );
  });

  it("are never shorter than the destination wants, which may want an hour", () => {
    assert.equal(shortest.passing(1, 30_000), 30_000);
    assert.equal(shortest.passing(1, 10), 1000);
    assert.equal(Math.round(longest.passing(9, 30_000)), 5 * MINUTE);
    assert.equal(shortest.blocked(1, 48 * 60 * MINUTE), 60 * MINUTE);
    assert.equal(Math.round(longest.passing(1, 48 * 60 * MINUTE)), 66 * MINUTE);
  });

  it("of a schedule are up to a tenth longer", () => {
    assert.equal(shortest.planned(5000), 5000);
    assert.equal(Math.round(longest.planned(5000)), 5500);
  });
});
