// The JSON schema of the setting `kiroBridge.exports` in package.json, for the editor: the fields that all kinds have,
// and those of each kind. Made from the schemas that check the setting.
import * as z from "zod";
import { commonSchema } from "../../src/exports/delivery/commonSettings.ts";
import { destinationKinds } from "../../src/exports/destinationKinds.ts";

/** Path of the definitions in the schema that editors make of all settings, which is what references are resolved in. */
const DEFINITIONS = "#/properties/kiroBridge.exports/definitions/";
/** Length in characters of the JSON that is worth a reference. */
const MIN_LENGTH = 130;

/** Returns the `items` of the setting, and the `definitions` of what occurs in them more than once. */
export function exportsSchema() {
  const kinds = Object.entries(destinationKinds)
    .map(([kind, { schema }]) => ({ kind, schema: jsonSchemaOf(schema) }))
    .toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
  const { required, ...shared } = jsonSchemaOf(z.looseObject(commonSchema.shape));
  const kind = choiceOf(kinds.map(({ schema: { oneOf, properties } }) => (oneOf?.[0].properties ?? properties).kind));
  const rules = kinds.flatMap((each) => rulesOf({ kind: each.kind }, each.schema, shared.properties));
  return withDefinitions({
    ...shared,
    properties: { ...shared.properties, kind },
    required: [...required, "kind"],
    allOf: rules,
  });
}

function jsonSchemaOf(schema) {
  const { $schema: _, ...json } = JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: "input" })));
  if (json.oneOf === undefined) return withParts(json, withRules);
  return { ...json, oneOf: json.oneOf.map((each) => withParts(each, withRules)) };
}

/**
 * Describes a choice by the value of `kind` with rules: for alternatives (`oneOf`), editors complete and check only the
 * one that fits best, whatever the kind.
 */
function withRules({ oneOf: ways, ...schema }) {
  if (ways === undefined) return withParts(schema, withRules);
  const rules = ways.map((way) => {
    const { type: _, properties, ...rest } = way;
    return ruleOf({ kind: properties.kind.const }, { ...rest, properties: { ...properties, kind: true } });
  });
  const kind = choiceOf(ways.map(({ properties }) => properties.kind));
  return { ...schema, type: "object", properties: { kind }, required: ["kind"], allOf: rules };
}

/** Returns the schema of a property with one of several constant values. */
function choiceOf(constants) {
  return {
    type: "string",
    enum: constants.map((constant) => constant.const),
    enumDescriptions: constants.map(({ description }) => description),
  };
}

/** Returns the fields of the elements with these values. A kind with presets has a rule for each of them. */
function rulesOf(values, { oneOf: presets, properties, required }, known) {
  if (presets === undefined) {
    const fields = mapped(properties, (field, name) => name in values || isSame(field, known[name]) || field);
    return [ruleOf(values, { properties: fields, required, additionalProperties: false })];
  }
  const common = filtered(presets[0].properties, (field, name) =>
    presets.every((each) => isSame(each.properties[name], field)),
  );
  const preset = choiceOf(presets.map((each) => each.properties.preset));
  const own = filtered(common, (field, name) => !(name in values) && !isSame(field, known[name]));
  return [
    ruleOf(values, { properties: { preset, ...own }, required: ["preset"] }),
    ...presets.flatMap((each) =>
      rulesOf({ ...values, preset: each.properties.preset.const }, each, { ...known, ...common }),
    ),
  ];
}

/** Returns what applies to objects with these values: `if` and `then`. */
function ruleOf(values, fields) {
  const condition = { properties: mapped(values, (value) => ({ const: value })), required: Object.keys(values) };
  return Object.fromEntries(new Map([["if", condition]]).set("then", fields));
}

/** Moves what occurs more than once into definitions. */
function withDefinitions(items) {
  const counts = new Map();
  const count = (schema, name) => {
    const json = JSON.stringify(schema);
    const known = counts.get(json);
    if (known !== undefined) known.times += 1;
    else counts.set(json, { name, times: 1 });
    // The parts of what occurs again are in its definition.
    return known === undefined ? withParts(schema, count) : schema;
  };
  withParts(items, count);
  const names = new Map();
  for (const [json, { name, times }] of counts) {
    if (times === 1 || json.length < MIN_LENGTH) continue;
    const others = [...names.values()].filter((other) => other.replace(/\d+$/, "") === name);
    names.set(json, others.length === 0 ? name : `${name}${others.length + 1}`);
  }
  const referring = (schema) => {
    const name = names.get(JSON.stringify(schema));
    return name === undefined ? withParts(schema, referring) : { $ref: DEFINITIONS + name };
  };
  const definitions = [...names].map(([json, name]) => [name, withParts(JSON.parse(json), referring)]);
  return { definitions: Object.fromEntries(definitions), items: withParts(items, referring) };
}

/** Returns a schema whose parts a function has replaced, which also gets the name of what they describe. */
function withParts(schema, replace) {
  const { properties, allOf: rules } = schema;
  const replaced = ({ if: condition, then: fields }) => {
    const values = mapped(condition.properties, (value) => value.const);
    return ruleOf(values, replace(fields, `${Object.values(values).at(-1)}Fields`));
  };
  return {
    ...schema,
    ...(properties && { properties: mapped(properties, (part, name) => part === true || replace(part, name)) }),
    ...(rules && { allOf: rules.map(replaced) }),
  };
}

function mapped(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value, name)]));
}

function filtered(object, test) {
  return Object.fromEntries(Object.entries(object).filter(([name, value]) => test(value, name)));
}

function isSame(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
