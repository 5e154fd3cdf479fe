import assert from "node:assert/strict";
import { copyJson } from "../../../../src/plugins/bus/jsonCopy.ts";
import { hasCode } from "../../../support/plugins/busUnderTest.ts";

const copy = (value: unknown, maxBytes = 1000) => copyJson(value, maxBytes, "The payload");

describe("A copy of a payload", () => {
  it("is what JSON makes of it", () => {
    class Point {
      readonly x = 1;
      readonly hidden = undefined;
    }
    const values = [
      "text",
      1.5,
      Number.NaN,
      -0,
      true,
      null,
      [],
      {},
      [1, undefined, () => 1, Symbol("s")],
      Array.from({ length: 2 }),
      { a: undefined, b: () => 1, c: { d: [{ e: "ü" }] } },
      new Date(0),
      new Map([[1, 2]]),
      new Point(),
      { toJSON: () => "by toJSON" },
      Object.create(null),
      JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}'),
    ];
    for (const value of values) {
      assert.equal(JSON.stringify(copy(value).value), JSON.stringify(value));
    }
    assert.equal(copy(undefined).value, undefined);
    assert.equal(Reflect.get({}, "polluted"), undefined);
  });

  it("is frozen in all its depth, and shares nothing with the original", () => {
    const original = { list: [{ a: 1 }] };
    const { value } = copy(original);
    assert.ok(Object.isFrozen(value) && Object.isFrozen(value.list) && Object.isFrozen(value.list[0]));
    assert.notEqual(value.list[0], original.list[0]);
    assert.ok(!Object.isFrozen(original));
  });

  it("is refused if it is cyclic, too deep or no JSON", () => {
    const cyclic: unknown[] = [];
    cyclic.push({ cyclic });
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    class Deep {
      readonly inner = deep;
    }
    const failing = {
      get value(): never {
        throw new Error("a getter throws");
      },
    };
    for (const value of [cyclic, deep, new Deep(), 1n, { a: 1n }, () => 1, Symbol("s"), failing]) {
      assert.throws(() => copy(value), hasCode("VALIDATION_FAILED"));
    }
  });

  it("is refused above its size in UTF-8, exactly", () => {
    for (const text of ["x".repeat(98), "ü".repeat(49), "\n".repeat(49), "€".repeat(32), "\0".repeat(16)]) {
      const bytes = Buffer.byteLength(JSON.stringify(text));
      assert.equal(copy(text, bytes).value, text);
      assert.throws(() => copy(text, bytes - 1), hasCode("PAYLOAD_TOO_LARGE"));
      const object = { [text]: [text, 1, null] };
      const size = Buffer.byteLength(JSON.stringify(object));
      assert.deepEqual(copy(object, size).value, object);
      assert.throws(() => copy(object, size - 1), hasCode("PAYLOAD_TOO_LARGE"));
    }
  });

  it("is refused after few steps if a small object has many paths through it", () => {
    let value: unknown = "x";
    for (let level = 0; level < 90; level++) value = [value, value];
    assert.throws(() => copy(value, 1024 * 1024), hasCode("PAYLOAD_TOO_LARGE"));
  });
});
