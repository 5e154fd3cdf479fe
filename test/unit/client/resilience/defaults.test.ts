import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { breakerDefaults } from "../../../../src/client/resilience/circuitBreaker.ts";
import { healthDefaults } from "../../../../src/client/resilience/health.ts";
import { poolDefaults } from "../../../../src/client/resilience/pool.ts";
import { queueDefaults } from "../../../../src/client/resilience/queue.ts";
import { retryDefaults } from "../../../../src/client/resilience/retry.ts";

const root = join(import.meta.dirname, "../../../..");

describe("The table of options in the guide", () => {
  it("has every number with its default", () => {
    const guide = readFileSync(join(root, "docs/guides/resilience.md"), "utf8");
    const rows = [...guide.matchAll(/^\| `(\w+\.\w+)` \| (\d+) \|/gm)].map(([, name, value]) => [name, Number(value)]);
    const defaults = {
      retry: retryDefaults,
      circuitBreaker: breakerDefaults,
      queue: queueDefaults,
      pool: poolDefaults,
      health: healthDefaults,
    };
    const expected = Object.entries(defaults).flatMap(([option, numbers]) =>
      Object.entries(numbers).map(([name, value]) => [`${option}.${name}`, value]),
    );
    assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(expected));
  });
});
