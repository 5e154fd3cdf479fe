import assert from "node:assert/strict";
import type { Json } from "../../../src/protocol/values.ts";
import { problemOfSchema, problemOfValue } from "../../../src/protocol/schemas/jsonSchema.ts";

type SchemaCase = readonly [
  name: string,
  schema: Record<string, Json>,
  fits: readonly Json[],
  fitsNot: readonly Json[],
];

const object = { type: "object", properties: { a: { type: "number" } }, required: ["a"] };

/** Among them all those in which zod's own reading of JSON Schema says yes to what does not fit. */
const cases: readonly SchemaCase[] = [
  ["properties", object, [{ a: 1 }, { a: 1, b: 2 }], [{}, { a: "x" }, [], null]],
  ["properties without a type", { properties: object.properties, required: ["a"] }, [{ a: 1 }, 5], [{}, { a: "x" }]],
  ["required without properties", { type: "object", required: ["a"] }, [{ a: null }], [{}]],
  ["a length without a type", { minLength: 2 }, ["ab", 1], ["a"]],
  ["const of an object", { const: { a: [1] } }, [{ a: [1] }], [{ a: [2] }]],
  ["enum beside a type", { type: "string", enum: ["a", 1] }, ["a"], [1]],
  [
    "a reference with siblings",
    { $defs: { s: { type: "string" } }, $ref: "#/$defs/s", minLength: 3 },
    ["abc"],
    ["a", 1],
  ],
  [
    "a tree",
    { type: "object", properties: { c: { $ref: "#" } }, additionalProperties: false },
    [{ c: { c: {} } }],
    [{ c: { d: 1 } }],
  ],
  [
    "not, if and then",
    JSON.parse('{"if":{"required":["a"]},"then":{"required":["b"]},"not":{"type":"array"}}'),
    [{}, { a: 1, b: 1 }],
    [{ a: 1 }, []],
  ],
  ["oneOf", { oneOf: [{ multipleOf: 3 }, { multipleOf: 5 }] }, [3, 5], [15, 2]],
  ["a pattern with Unicode", { pattern: "^\\p{L}+$" }, ["é"], ["1"]],
  [
    "draft 7's words",
    { definitions: { s: { type: "string" } }, properties: { a: { $ref: "#/definitions/s" } } },
    [{ a: "x" }],
    [{ a: 1 }],
  ],
  [
    "a property named pattern",
    { properties: { pattern: { const: "(" } }, examples: [{ pattern: "(" }] },
    [{ pattern: "(" }],
    [{ pattern: ")" }],
  ],
  ["__proto__", JSON.parse('{"properties":{"__proto__":{"type":"number"}}}'), [{}], [JSON.parse('{"__proto__":"x"}')]],
];

describe("The check of a caller's JSON Schema", () => {
  for (const [name, schema, fits, fitsNot] of cases) {
    it(`supports ${name}`, () => {
      assert.equal(problemOfSchema(schema), undefined);
      for (const value of fits) assert.equal(problemOfValue(schema, value), undefined, JSON.stringify(value));
      for (const value of fitsNot) assert.equal(typeof problemOfValue(schema, value), "string", JSON.stringify(value));
    });
  }

  it("reports where the value violates the schema", () => {
    const list = { type: "object", properties: { items: { type: "array", items: object } } };
    assert.match(problemOfValue(list, { items: [{ a: 1 }, { a: "x" }] }) ?? "", /#\/items\/1\/a: .*number/u);
  });

  const unusable: readonly Record<string, Json>[] = [
    { properties: { a: { $ref: "https://example.org/schema.json" } } },
    { $ref: "#/$defs/missing" },
    { $defs: { a: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" },
    { properties: { a: { type: "string", pattern: "(" } } },
  ];
  for (const schema of unusable) {
    it(`rejects ${JSON.stringify(schema)} before the prompt is sent`, () => {
      assert.equal(typeof problemOfSchema(schema), "string");
    });
  }
});
