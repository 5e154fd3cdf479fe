import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeValue,
  encodeValue,
  isDeeperThan,
  type Json,
  MAX_BIGINT_DIGITS,
  MAX_VALUE_SIZE,
} from "../../../src/protocol/values.ts";

describe("encodeValue", () => {
  const cyclic: Record<string, unknown> = { name: "a" };
  cyclic["self"] = { inner: cyclic };
  const cases: [string, unknown, Json][] = [
    ["undefined", undefined, { $type: "Undefined" }],
    ["null", null, null],
    ["false", false, false],
    ["zero", 0, 0],
    ["minus zero", -0, { $type: "Number", value: "-0" }],
    ["NaN", Number.NaN, { $type: "Number", value: "NaN" }],
    ["a BigInt", 10n ** 30n, { $type: "BigInt", value: "1000000000000000000000000000000" }],
    ["a function", function named() {}, { $type: "Function", name: "named" }],
    ["a symbol", Symbol("s"), { $type: "Symbol", description: "s" }],
    ["a date", new Date(0), { $type: "Date", value: "1970-01-01T00:00:00.000Z" }],
    ["an error, without its stack", new TypeError("no"), { $type: "Error", name: "TypeError", message: "no" }],
    ["a map", new Map([["k", undefined]]), { $type: "Map", entries: [["k", { $type: "Undefined" }]] }],
    ["a set", new Set([1n]), { $type: "Set", values: [{ $type: "BigInt", value: "1" }] }],
    ["bytes", new Uint8Array([1, 2, 255]), { $type: "Bytes", base64: "AQL/" }],
    ["a cycle", cyclic, { name: "a", self: { inner: { $type: "Cycle", levelsUp: 2 } } }],
    ["an object with a $type of its own", { $type: "Uri" }, { $type: "Object", value: { $type: "Uri" } }],
    ["undefined inside", [undefined, { a: undefined }], [{ $type: "Undefined" }, { a: { $type: "Undefined" } }]],
  ];
  for (const [name, value, expected] of cases) {
    it(`encodes ${name}`, () => assert.deepEqual(encodeValue(value), { value: expected, truncated: false }));
  }

  it("encodes an unreadable value as such", () => {
    const hostile = {
      get secret(): never {
        throw new Error("no entry");
      },
    };
    assert.deepEqual(encodeValue(hostile).value, { $type: "Unreadable", message: "no entry" });
    assert.doesNotThrow(() =>
      encodeValue(
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error("x");
            },
          },
        ),
      ),
    );
  });

  it("encodes 1 MB completely, and marks where something larger was truncated", () => {
    const megabyte = "x".repeat(1 << 20);
    assert.deepEqual(encodeValue(megabyte), { value: megabyte, truncated: false });
    const huge = encodeValue(Array.from({ length: 5e6 }, () => 1));
    assert.equal(huge.truncated, true);
    assert.ok(JSON.stringify(huge.value).length < MAX_VALUE_SIZE);
    const deep = encodeValue(nest(10_000));
    assert.equal(deep.truncated, true);
    assert.match(JSON.stringify(deep.value), /Truncated/);
  });

  it("encodes an integer of 4,096 digits, and truncates a longer one without writing its digits", () => {
    const nines = 10n ** BigInt(MAX_BIGINT_DIGITS) - 1n;
    for (const value of [nines, -nines]) {
      const spelled = encodeValue(value);
      assert.deepEqual(spelled, { value: { $type: "BigInt", value: String(value) }, truncated: false });
      assert.equal(decodeValue(spelled.value), value);
    }
    // Of a billion bits: writing its digits would take hours.
    const huge = 1n << 1_000_000_000n;
    for (const value of [nines + 1n, -nines - 1n, huge, -huge]) {
      assert.deepEqual(encodeValue(value), { value: { $type: "Truncated", reason: "size" }, truncated: true });
    }
  });

  const long = "x".repeat(MAX_VALUE_SIZE);
  const longTexts: Record<string, unknown> = {
    "the message of an error": new Error(long),
    "the name of a function": Object.defineProperty(() => undefined, "name", { value: long }),
    "the description of a symbol": Symbol(long),
    "an address": new URL(`http://a/${long}`),
    "a pattern": new RegExp(long),
    "many integers": Array.from({ length: 3000 }, () => 10n ** 4000n),
    "what cannot be read": Object.defineProperty({}, "field", {
      enumerable: true,
      get: () => {
        throw new Error(long);
      },
    }),
  };
  for (const [name, value] of Object.entries(longTexts)) {
    it(`weighs ${name}`, () => {
      const spelled = encodeValue([value]);
      assert.equal(spelled.truncated, true);
      assert.ok(JSON.stringify(spelled.value).length < MAX_VALUE_SIZE * 1.1);
    });
  }

  it("survives a round trip through JSON", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, maxDepth: 5 }), (value) => {
        const once = encodeValue(value).value;
        const wire: Json = JSON.parse(JSON.stringify(once));
        assert.deepEqual(encodeValue(decodeValue(wire)).value, wire);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("decodeValue", () => {
  const wrong = ["9".repeat(MAX_BIGINT_DIGITS + 1), "9".repeat(4_000_000), "0x10", "", " 1", "1e3", "1n"];
  for (const value of wrong) {
    it(`refuses an integer spelled ${value.slice(0, 4)}… (${value.length} characters), and does not quote it`, () => {
      assert.throws(() => decodeValue({ $type: "BigInt", value }), {
        name: "TypeError",
        message: "the value of a BigInt must be a string of at most 4096 decimal digits",
      });
    });
  }

  it("does not quote the whole of a long $type", () => {
    const isShort = (error: unknown): boolean => error instanceof TypeError && error.message.length < 300;
    assert.throws(() => decodeValue({ $type: "T".repeat(1_000_000) }), isShort);
  });
});

describe("isDeeperThan", () => {
  it("counts levels without recursing", () => {
    assert.equal(isDeeperThan(1, 0), false);
    assert.equal(isDeeperThan([[]], 1), true);
    assert.equal(isDeeperThan([[]], 2), false);
    assert.equal(isDeeperThan(nest(100_000), 100), true);
  });
});

function nest(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}
