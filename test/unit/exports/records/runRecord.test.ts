import assert from "node:assert/strict";
import type { RunFact, RunSummary } from "../../../../src/exports/outbox/fact.ts";
import { problemOfId, recordFields, recordOf, testRecord } from "../../../../src/exports/records/runRecord.ts";
import { FACT_TIME, factOf, runOf } from "../../../support/exports/facts.ts";

const DAY_MS = 86_400_000;

describe("The record of a run", () => {
  const factWith = (changes: Partial<RunSummary> = {}): RunFact => {
    const run = runOf("exec-1-1-a", changes);
    const end = {
      type: "command-completed",
      executionId: run.executionId,
      success: true,
      output: "",
      executionTimeMs: 1,
    };
    return { ...factOf({ ...end, type: "command-completed" }, 3, run), run };
  };

  it("has what is known of the run, with times that sort", () => {
    const { id, sequence, fields, expiry, isFinal } = recordOf(
      factWith({ usage: { inputTokens: 7, currency: "USD" } }),
      30,
    );
    assert.deepEqual([id, sequence, isFinal], ["exec-1-1-a", 3, true]);
    assert.deepEqual(expiry, { at: FACT_TIME + 30 * DAY_MS, afterMs: 30 * DAY_MS });
    const known = Object.entries(fields).filter(([, value]) => value !== undefined);
    assert.deepEqual(Object.fromEntries(known), {
      status: "completed",
      day: "2026-11-28",
      statusDay: "completed#2026-11-28",
      command: "kiro.cli.chat",
      target: "kiro",
      windowId: "w1",
      principalId: "owner",
      origin: "program",
      queuedAt: "2026-11-28T01:29:59.700Z",
      startedAt: "2026-11-28T01:29:59.800Z",
      completedAt: "2026-11-28T01:30:00.000Z",
      updatedAt: "2026-11-28T01:30:00.000Z",
      waitMs: 100,
      durationMs: 200,
      stopReason: "end_turn",
      outputLength: 12,
      isOutputTruncated: false,
      questions: 0,
      usage: { inputTokens: 7, currency: "USD" },
    });
  });

  it("is kept for ever without a number of days", () => {
    assert.equal(recordOf(factWith(), undefined).expiry, undefined);
    assert.equal(testRecord("w1", FACT_TIME, undefined).expiry, undefined);
  });

  it("belongs to the day of its end, or of its begin while it runs", () => {
    const queuedAt = Date.UTC(2026, 10, 27, 23, 59);
    const running = { status: "running", queuedAt, startedAt: queuedAt, completedAt: undefined } as const;
    assert.equal(recordOf(factWith(running), undefined).fields.statusDay, "running#2026-11-27");
    assert.equal(recordOf(factWith({ queuedAt, status: "failed" }), undefined).fields.statusDay, "failed#2026-11-28");
  });

  it("has no negative times, which a clock that was set back would give", () => {
    const { fields } = recordOf(factWith({ startedAt: FACT_TIME - 9000, completedAt: FACT_TIME - 10_000 }), undefined);
    assert.deepEqual([fields.waitMs, fields.durationMs], [0, 0]);
  });

  it("stays small, and well-formed, whatever is in the run", () => {
    const long = "ä\ud800".repeat(200_000);
    const usage = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`n${i}`, long]));
    const texts = { command: long, target: long, windowId: long, principalId: long, parentId: long, sessionId: long };
    const more = {
      agent: long,
      model: long,
      stopReason: long,
      cause: long,
      traceparent: long,
      origin: long,
      via: long,
    };
    const { fields } = recordOf(factWith({ ...texts, ...more, usage }), 1);
    const json = JSON.stringify(fields);
    assert.ok(Buffer.byteLength(json) < 200 * 1024, `${Buffer.byteLength(json)} bytes`);
    assert.ok(json.isWellFormed() && !json.includes("\\ud800"));
    // A key of an index of DynamoDB has 1024 bytes at most.
    assert.ok(typeof fields.command === "string" && Buffer.byteLength(fields.command) <= 1024);
  });

  it("takes no numbers and names that a store does not take", () => {
    const usage = { ["__proto__x"]: 1, "a.b": 2, tokens: Number.NaN, cost: Number.POSITIVE_INFINITY, inputTokens: 5 };
    assert.deepEqual(recordOf(factWith({ usage }), undefined).fields.usage, { inputTokens: 5 });
    assert.equal(recordOf(factWith({ usage: { "": 1 } }), undefined).fields.usage, undefined);
  });

  it("names each of its fields in the list of fields, which Firestore's mask is made of", () => {
    const names = new Set<string>(recordFields);
    for (const { fields } of [recordOf(factWith(), 1), testRecord("w1", FACT_TIME, 1)]) {
      assert.deepEqual(
        Object.keys(fields).filter((name) => !names.has(name)),
        [],
      );
    }
  });

  for (const [id, isFine] of [
    ["exec-1764293400000-12-k3j4", true],
    ["a/b", false],
    ["..", false],
    ["", false],
    ["a".repeat(256), false],
    ["ä", false],
  ] as const) {
    it(`${isFine ? "may" : "must not"} have the ID ${JSON.stringify(id.slice(0, 40))}`, () => {
      assert.equal(problemOfId(id) === undefined, isFine);
    });
  }

  it("marks the item of a test, which expires after a day and is newer than the one before", () => {
    const first = testRecord("w1", FACT_TIME, 30);
    assert.equal(first.fields.isTest, true);
    assert.equal(first.fields.statusDay, "test#2026-11-28");
    assert.deepEqual(first.expiry, { at: FACT_TIME + DAY_MS, afterMs: DAY_MS });
    assert.ok(testRecord("w1", FACT_TIME + 1, 30).sequence > first.sequence);
    assert.equal(problemOfId(first.id), undefined);
  });
});
