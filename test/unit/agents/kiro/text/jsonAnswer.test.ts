import assert from "node:assert/strict";
import fc from "fast-check";
import { extractJson } from "../../../../../src/agents/kiro/text/jsonAnswer.ts";

describe("extractJson", () => {
  it("reads a fenced block, and prefers one marked json", () => {
    assert.deepEqual(extractJson('Here:\n```\n[1]\n```\nand\n```json\n{"a": "```"}\n```\n'), { a: "```" });
    assert.deepEqual(extractJson("```\n[1, 2]\n```"), [1, 2]);
  });

  it("reads a bare value, alone or in prose", () => {
    assert.deepEqual(extractJson(' {"a":1} '), { a: 1 });
    assert.deepEqual(extractJson('I {think} that "it [is\n{"a":{"b":"}"}} as [1] says'), { a: { b: "}" } });
    assert.deepEqual(
      extractJson('json\n{ "message": "4" }'),
      { message: "4" },
      "the fence is rendered away in text mode",
    );
  });

  it("finds the value behind an unclosed bracket", () => {
    assert.deepEqual(extractJson('use { to open\n{"a":[1,2]}'), { a: [1, 2] });
  });

  it("invents nothing", () => {
    for (const text of ["", "no json", '{"a":', "{'a':1}", "42", '"text"', "```json\n{broken\n```", "[1,]"]) {
      assert.equal(extractJson(text), undefined, text);
    }
  });

  it("finds every value on its own lines between prose", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        assert.deepEqual(extractJson(`The answer is:\n${text}\nThat is all.`), JSON.parse(text));
      }),
    );
  });

  it("finds an object behind a string of twenty million characters", () => {
    assert.deepEqual(extractJson(`{"a": "${'\\"'.repeat(10_000_000)}\n{"b":1}`), { b: 1 });
  });

  for (const unit of ["{", "[]", "[", "{}[", '"', '\\"', "```a\n", "```\n", '{"a":[', "}", "[{", '{"', " ", "\t```"]) {
    it(`needs linear time for text made of ${JSON.stringify(unit)}`, () => {
      assert.doesNotThrow(() => extractJson(unit.repeat(1_000_000 / unit.length)));
    });
  }
});
