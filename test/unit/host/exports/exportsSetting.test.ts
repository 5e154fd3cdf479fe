import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Schema, Validator } from "@cfworker/json-schema";
import * as z from "zod";
import { destinationKinds } from "../../../../src/exports/destinationKinds.ts";
import { commonSchema } from "../../../../src/exports/delivery/commonSettings.ts";

const root = join(import.meta.dirname, "../../../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

interface JsonSchema {
  readonly const?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema | true>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly enum?: readonly string[];
  readonly enumDescriptions?: readonly string[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly { readonly if: JsonSchema; readonly then: JsonSchema }[];
}

const setting = (
  JSON.parse(read("package.json")) as {
    contributes: {
      configuration: {
        properties: {
          "kiroBridge.exports": { items: JsonSchema; definitions: Record<string, JsonSchema> };
        };
      };
    };
  }
).contributes.configuration.properties["kiroBridge.exports"];

/** The schema of all settings, as an editor makes it. */
const settings: unknown = { properties: { "kiroBridge.exports": setting } };

/** Replaces references by what they refer to, and rules for the values of `kind` by alternatives, as zod has them. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== "object" || value === null) return value;
  if ("$ref" in value) {
    const name = /^#\/properties\/kiroBridge\.exports\/definitions\/(\w+)$/.exec(String(value.$ref))?.[1];
    assert.ok(name !== undefined && name in setting.definitions, String(value.$ref));
    return resolved(setting.definitions[name]);
  }
  return withAlternatives(Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolved(part)])));
}

function withAlternatives(schema: JsonSchema): JsonSchema {
  const { allOf, properties, required, ...rest } = schema;
  if (allOf === undefined || properties === undefined) return schema;
  const [discriminator, ...others] = Object.keys(properties);
  assert.deepEqual([others, required], [[], ["kind"]], discriminator);
  const kind = properties["kind"] as JsonSchema;
  assert.deepEqual(
    allOf.map(({ if: condition }) => condition),
    kind.enum?.map((value) => ({ properties: { kind: { const: value } }, required: ["kind"] })),
  );
  const oneOf = allOf.map(({ then }, at) => {
    const [value = "", description] = [kind.enum?.[at], kind.enumDescriptions?.[at]];
    const constant = { type: "string", const: value, ...(description !== undefined && { description }) };
    return { ...then, type: "object", properties: { ...then.properties, kind: constant } };
  });
  const { type: _, ...described } = rest as { type?: string };
  return { ...described, oneOf };
}

const { allOf = [], ...shared } = setting.items;
const items = resolved(shared) as JsonSchema;
const rules = allOf.map((rule) => resolved(rule) as { readonly if: JsonSchema; readonly then: JsonSchema });

const isConstant = (condition: JsonSchema, values: Readonly<Record<string, unknown>>) =>
  Object.entries(condition.properties ?? {}).every(([name, part]) => part !== true && part.const === values[name]);

/** Each kind as its own schema describes it, and each preset of a kind that has some. */
const variants = Object.entries(destinationKinds).flatMap(([kind, { schema }]) => {
  const json = JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: "input" }))) as JsonSchema;
  return (json.oneOf ?? [json]).map((variant) => {
    const preset = variant.properties?.["preset"];
    const name = typeof preset === "object" ? preset.const : undefined;
    return { values: { kind, ...(name !== undefined && { preset: name }) }, variant };
  });
});

/** Calls back with each field of a schema, and its path. */
function eachField(schema: JsonSchema, call: (path: string, field: JsonSchema) => void, path = ""): void {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (field === true) continue;
    call(`${path}.${name}`, field);
    eachField(field, call, `${path}.${name}`);
  }
  for (const part of schema.oneOf ?? []) eachField(part, call, path);
}

describe("The setting of exports in the editor", () => {
  for (const { values, variant } of variants) {
    it(`has the fields of ${Object.values(values).join(", ")} as the code reads them`, () => {
      const matching = rules.filter(({ if: condition }) => isConstant(condition, values)).map(({ then }) => then);
      const { properties: expected = {}, required, additionalProperties } = variant;
      const fields = Object.assign(
        {},
        items.properties,
        ...matching.map(({ properties = {} }) =>
          Object.fromEntries(Object.entries(properties).filter(([, field]) => field !== true)),
        ),
      ) as Record<string, JsonSchema>;
      for (const [name, value] of Object.entries(values)) {
        const { enum: known, enumDescriptions } = fields[name] ?? {};
        const at = known?.indexOf(value) ?? -1;
        const field = expected[name];
        assert.ok(typeof field === "object" && field.description === enumDescriptions?.[at], `${name} ${value}`);
      }
      const withoutChoice = (all: object) =>
        Object.fromEntries(Object.entries(all).filter(([name]) => name !== "kind" && name !== "preset"));
      assert.deepEqual(withoutChoice(fields), withoutChoice(expected));
      const last = matching.at(-1);
      assert.deepEqual(Object.keys(last?.properties ?? {}).toSorted(), Object.keys(expected).toSorted());
      assert.deepEqual([last?.required, last?.additionalProperties], [required, additionalProperties]);
    });
  }

  it("has the fields that all kinds have, and no other kinds", () => {
    const { $schema: _, ...common } = z.toJSONSchema(commonSchema, { io: "input" });
    const { kind, ...fields } = items.properties ?? {};
    assert.deepEqual(fields, JSON.parse(JSON.stringify(common.properties)));
    assert.ok(typeof kind === "object");
    assert.deepEqual(kind.enum, Object.keys(destinationKinds).toSorted());
    assert.equal(rules.length, variants.length + 1);
  });

  it("says in a sentence what each field is for", () => {
    let count = 0;
    const check = (path: string, { description }: JsonSchema) => {
      count += 1;
      if (path !== ".kind" && path !== ".preset") assert.match(description ?? "", /^[A-Z`].*\.$/s, path);
    };
    eachField(items, check);
    for (const { then } of rules) eachField(then, check);
    assert.ok(count > 200, String(count));
    for (const name of ["kind", "preset"]) {
      const choices = [items, ...rules.map(({ then }) => then)].map(({ properties }) => properties?.[name]);
      const texts = choices.flatMap((choice) => (typeof choice === "object" ? (choice.enumDescriptions ?? []) : []));
      assert.ok(texts.length >= 8 && texts.every((text) => /^[A-Z].*\.$/.test(text)), name);
    }
  });

  describe("as a schema", () => {
    const validator = new Validator(settings as Schema, "7", false);
    const errorsOf = (element: object) =>
      validator.validate({ "kiroBridge.exports": [element] }).errors.map(({ error }) => error);

    /** The destinations that docs/exports.md shows, one for each kind. */
    const examples = [...read("docs/exports.md").matchAll(/^```json\n(?<code>.*?)^```$/gms)].flatMap(({ groups }) => {
      const code = (groups?.["code"] ?? "").trim();
      if (!code.includes('"kind"')) return [];
      const json: unknown = JSON.parse(code.startsWith('"') ? `{${code}}` : code);
      const { "kiroBridge.exports": list = [json] } = json as { "kiroBridge.exports"?: unknown[] };
      return list as { name: string; kind: string }[];
    });

    it("knows an example of each kind in the guide", () => {
      const kinds = new Set(examples.map(({ kind }) => kind));
      assert.deepEqual([...kinds].toSorted(), Object.keys(destinationKinds).toSorted());
    });

    for (const example of examples) {
      it(`takes the example of ${example.kind} in the guide, and not with a field of no kind`, () => {
        assert.deepEqual(errorsOf(example), []);
        assert.notDeepEqual(errorsOf({ ...example, colour: "red" }), []);
        assert.notDeepEqual(errorsOf({ ...example, enabled: "yes" }), []);
        const { name: _, ...nameless } = example;
        assert.notDeepEqual(errorsOf(nameless), []);
      });
    }

    it("refuses fields of other kinds and presets, missing ones, and kinds that do not exist", () => {
      const s3 = { name: "a", kind: "s3", bucket: "runs", region: "eu-central-1" };
      const grafana = { name: "a", kind: "otlp", preset: "grafana", endpoint: "https://example.com", instanceId: "1" };
      for (const element of [s3, { ...s3, auth: { kind: "chain", profile: "work" } }, grafana]) {
        assert.deepEqual(errorsOf(element), []);
      }
      for (const element of [
        { ...s3, table: "runs" },
        { ...s3, bucket: undefined },
        { ...s3, kind: "s4" },
        { ...s3, auth: { kind: "chain", variable: "KEY" } },
        { ...grafana, projectId: "a" },
        { ...grafana, preset: "graphite" },
        { name: "a", kind: "otlp" },
        { name: "a" },
      ]) {
        assert.notDeepEqual(errorsOf(JSON.parse(JSON.stringify(element)) as object), [], JSON.stringify(element));
      }
    });
  });
});
