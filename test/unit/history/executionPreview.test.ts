import assert from "node:assert/strict";
import { previewOf } from "../../../src/history/executionPreview.ts";
import { type ExecutionRecord, executionSchema } from "../../../src/protocol/executions.ts";

describe("previewOf", () => {
  const at = "2026-11-26T09:00:00.000Z";
  const recordOf = (parts: Partial<ExecutionRecord>): ExecutionRecord => ({
    id: "exec-1795000000000-1",
    command: "echo",
    args: [],
    startedAt: at,
    queuedAt: at,
    status: "completed",
    output: "",
    target: "editor",
    windowId: "w",
    ...parts,
  });
  const question = { questionId: "q1", inputType: "text", expiresAt: at } as const;

  it("is the execution itself when its texts fit together", () => {
    for (const parts of [{}, { output: "x".repeat(9_990) }, { args: ["a".repeat(4000)], output: "x".repeat(5000) }]) {
      const record = recordOf(parts);
      assert.equal(previewOf(record), record);
    }
  });

  it("has short texts in full, and as much of long ones as fits", () => {
    const shown = previewOf(recordOf({ args: ["a prompt"], output: "x".repeat(100_000), error: "short" }));
    assert.deepEqual([shown.args, shown.error, shown.contentTruncated], [["a prompt"], "short", true]);
    assert.ok(shown.output.length > 9900 && shown.output.length < 10_000, `${shown.output.length}`);
  });

  it("shares its limit between long texts, and keeps each field", () => {
    const long = "x".repeat(100_000);
    const record = recordOf({
      command: long,
      args: [long, long],
      params: [{ a: long }],
      output: long,
      error: long,
      result: { list: [long] },
      pendingInput: { ...question, prompt: long },
    });
    const shown = executionSchema.parse(previewOf(record, 7000));
    assert.deepEqual(
      Object.keys(shown).toSorted(byName),
      Object.keys({ ...record, contentTruncated: true }).toSorted(byName),
    );
    assert.ok(JSON.stringify(shown).length < 8000);
    assert.deepEqual(
      [shown.command, shown.args, shown.output, shown.error, shown.pendingInput?.prompt].map(
        (text) => String(text).length,
      ),
      [1000, 996, 1000, 1000, 1000],
    );
    assert.equal(String(shown.result).slice(0, 12), '{"list":["xx');
    assert.equal(String(shown.params?.[0]).slice(0, 9), '[{"a":"xx');
  });

  it("does not split a surrogate pair", () => {
    const { output } = previewOf(recordOf({ output: `a${"😀".repeat(100_000)}` }));
    assert.ok(output.isWellFormed());
  });

  it("does not measure beyond its limit", () => {
    let reads = 0;
    const args = new Proxy(
      Array.from({ length: 1_000_000 }, () => ""),
      {
        get: (list, name) => {
          reads++;
          return Reflect.get(list, name);
        },
      },
    );
    assert.ok(previewOf(recordOf({ args })).args.length < 10_000);
    assert.ok(reads < 100_000, `${reads} reads`);
  });
});

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}
