import assert from "node:assert/strict";
import { jsonHead } from "../../../src/history/jsonHead.ts";

describe("jsonHead", () => {
  it("is the complete JSON of a value that fits", () => {
    const values = [
      null,
      true,
      -1.5,
      'a\n"ü',
      [],
      {},
      [1, ["b", {}]],
      { a: { b: [null] }, "c\n": "d" },
      { gone: undefined, e: 1 },
    ];
    for (const value of values) {
      const text = JSON.stringify(value);
      assert.deepEqual(jsonHead(value, text.length), { text, isWhole: true });
      const { text: cut, isWhole } = jsonHead(value, text.length - 1);
      assert.deepEqual([cut.length <= text.length - 1, isWhole], [true, false]);
    }
  });

  it("is the beginning of a longer one", () => {
    const value = { list: Array.from({ length: 1000 }, (_, at) => `item ${at}`), more: "x".repeat(1000) };
    for (const length of [0, 1, 10, 100, 1000]) {
      assert.deepEqual(jsonHead(value, length), { text: JSON.stringify(value).slice(0, length), isWhole: false });
    }
  });

  it("does not read beyond its limit", () => {
    let reads = 0;
    const items = Array.from({ length: 100 }, () => ({
      get field() {
        reads++;
        return "text";
      },
    }));
    jsonHead(items, 20);
    assert.ok(reads < 5, `${reads} reads`);
  });
});
