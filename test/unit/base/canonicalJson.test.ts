import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalJson } from "../../../src/base/canonicalJson.ts";

describe("canonicalJson", () => {
  it("keeps the value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => assert.deepEqual(JSON.parse(canonicalJson(value)), parsed(value))),
    );
  });

  it("is the same for members in another order, and omits those without a value", () => {
    const one = { b: [{ y: 1, x: "2" }, []], a: {}, c: undefined };
    const other = { a: {}, b: [{ x: "2", y: 1 }, []] };
    assert.equal(canonicalJson(one), '{"a":{},"b":[{"x":"2","y":1},[]]}');
    assert.equal(canonicalJson(other), canonicalJson(one));
  });
});

/** Returns a value as JSON has it, which knows no -0. */
function parsed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
