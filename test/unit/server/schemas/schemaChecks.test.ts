import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import type { SchemaChecks } from "../../../../src/server/schemas/schemaChecks.ts";
import { sourceSchemaChecks } from "../../../support/schemaChecks.ts";
import { TestClock } from "../../../support/testClock.ts";

/** Backtracks for most of a minute on 28 characters, and doubles with each further one. */
const slowPattern = { type: "string", pattern: "^(\\w+\\s?)+$" };
const slowText = `${"a".repeat(60)}!`;
const list = { type: "array", items: { type: "number" } };

/** Each definition asks twice for the next one. */
function doubling(depth: number): Record<string, unknown> {
  const definitions = Array.from({ length: depth }, (_, at) => {
    const next = { $ref: `#/$defs/d${at + 1}` };
    return [`d${at}`, { allOf: [next, next] }];
  });
  return { $defs: { ...Object.fromEntries(definitions), [`d${depth}`]: {} }, $ref: "#/$defs/d0" };
}

describe("SchemaChecks", () => {
  let checks: SchemaChecks;
  let clock: TestClock;
  const start = (options: Parameters<typeof sourceSchemaChecks>[0] = {}): void => {
    checks = sourceSchemaChecks(options);
  };

  beforeEach(() => {
    clock = new TestClock();
  });
  afterEach(() => {
    clock.release();
    return checks.dispose();
  });

  it("reports whether a schema is usable, and whether a value matches", async () => {
    start();
    await checks.assertUsable(list);
    assert.equal(await checks.problemOf(list, [1, 2]), undefined);
    assert.match((await checks.problemOf(list, [1, "x"])) ?? "", /^does not match the schema: #\/1: .*number/u);
    assert.equal(await checks.problemOf({ type: "null" }, null), undefined);
    await assert.rejects(checks.assertUsable({ $ref: "https://example.org/s.json" }), {
      code: "VALIDATION_FAILED",
      message: /references are not fetched: 'https:\/\/example\.org\/s\.json'/,
    });
  });

  it("aborts a pattern that never finishes without blocking the host, and checks the next", async () => {
    start({ deadlineMs: 60_000 });
    await checks.assertUsable(slowPattern);
    const late = checks.problemOf(slowPattern, slowText);
    const next = checks.problemOf(list, ["x"]);
    const isOver = late.then(() => true);
    for (let turn = 0; turn < 1000; turn++) assert.equal(await Promise.race([isOver, nextTurn(false)]), false);
    clock.pass(60_000);
    assert.match((await late) ?? "", /^could not be checked against the schema: it takes longer than 60000 ms/);
    assert.match((await next) ?? "", /^does not match the schema: #\/0: /);
  });

  it("aborts exponential references and quadratic comparisons", async () => {
    start({ deadlineMs: 500 });
    await assert.rejects(checks.assertUsable(doubling(40)), {
      code: "VALIDATION_FAILED",
      message: /longer than 500 ms/,
    });
    const objects = Array.from({ length: 30_000 }, (_, at) => ({ at }));
    assert.match((await checks.problemOf({ uniqueItems: true }, objects)) ?? "", /longer than 500 ms/);
    assert.equal(await checks.problemOf(list, [1]), undefined);
  });

  it("rejects the check of a thread that dies, and starts another", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kb-worker-"));
    try {
      const workerFile = join(folder, "worker.cjs");
      await writeFile(workerFile, 'require("node:worker_threads").parentPort.on("message", () => process.exit(1));');
      start({ workerFile });
      for (const _attempt of [1, 2]) {
        assert.match((await checks.problemOf(list, [])) ?? "", /could not be started/);
      }
      await writeFile(workerFile, "throw new Error('broken');");
      await assert.rejects(checks.assertUsable(list), { code: "VALIDATION_FAILED", message: /could not be started/ });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("starts its thread with the first check, and ends it when it is idle", async () => {
    const began = once(process, "worker");
    start({ idleMs: 20 });
    assert.equal(await checks.problemOf(list, []), undefined);
    const [worker] = (await began) as [Worker];
    await once(worker, "exit");
    assert.equal(await checks.problemOf(list, []), undefined);
  });

  it("rejects further schemas when too many wait", async () => {
    start({ deadlineMs: 60_000 });
    await checks.assertUsable(slowPattern);
    const slow = checks.problemOf(slowPattern, slowText);
    const waiting = Array.from({ length: 50 }, () => checks.problemOf(list, []));
    await assert.rejects(checks.assertUsable(list), { code: "RATE_LIMIT_EXCEEDED" });
    clock.pass(60_000);
    assert.match((await slow) ?? "", /longer/);
    assert.deepEqual(new Set(await Promise.all(waiting)), new Set([undefined]));
  });

  it("settles waiting and running checks when the bridge stops", async () => {
    start();
    await checks.assertUsable(list);
    const pending = [checks.problemOf(slowPattern, slowText), checks.problemOf(list, [])];
    await checks.dispose();
    assert.deepEqual([...(await Promise.all(pending)), await checks.problemOf(list, [])].map(String), [
      "could not be checked against the schema: the bridge is stopping",
      "could not be checked against the schema: the bridge is stopping",
      "could not be checked against the schema: the bridge is stopping",
    ]);
  });
});
