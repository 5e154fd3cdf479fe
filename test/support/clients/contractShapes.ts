import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

/** The part of JSON Schema that the OpenAPI document uses for responses. */
interface Schema {
  readonly $ref?: string | undefined;
  readonly type?: string | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly items?: Schema | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly title?: string | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
}

/** The shape of a JSON value, as far as the types of another language can express it. */
export type Shape =
  | { readonly kind: "any" | "string" | "integer" | "number" | "boolean" | "map" }
  | { readonly kind: "enum"; readonly values: readonly unknown[] }
  | { readonly kind: "list"; readonly item: Shape }
  | { readonly kind: "object"; readonly fields: Readonly<Record<string, FieldShape>> };

interface FieldShape {
  readonly isRequired: boolean;
  readonly shape: Shape;
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    type: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    items: schema.optional(),
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    title: z.string().optional(),
    anyOf: z.array(schema).optional(),
  }),
);
const document: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "../../../docs/openapi.json"), "utf8"));
const { components } = z.object({ components: z.object({ schemas: z.record(z.string(), schema) }) }).parse(document);

/** Returns the shape of a component of the OpenAPI document, with everything that it refers to; undefined if there is none. */
export function shapeOf(component: string): Shape | undefined {
  const found = components.schemas[component];
  return found === undefined ? undefined : expand(found);
}

/** The shapes of the events of a streamed chat, by their names. The final ones are bodies of other responses. */
export function chatEventShapes(): ReadonlyMap<string, Shape> {
  const events = components.schemas["ChatStreamEvent"]?.anyOf ?? [];
  return new Map(events.flatMap((event) => (event.title === undefined ? [] : [[event.title, expand(event)]])));
}

/** The components of the OpenAPI document that are events. */
export function eventComponents(): string[] {
  return Object.keys(components.schemas).filter((name) => /(?<!^Bridge|^ChatStream)Event$/.test(name));
}

/** Returns the shape of a JSON Schema. */
export function shapeOfSchema(value: unknown): Shape {
  return expand(schema.parse(value));
}

function expand({ $ref, type, items, properties, required = [], ...rest }: Schema): Shape {
  if ($ref !== undefined) return shapeOf($ref.slice($ref.lastIndexOf("/") + 1)) ?? { kind: "any" };
  if (rest.const !== undefined) return { kind: "enum", values: [rest.const] };
  if (rest.enum !== undefined) return { kind: "enum", values: rest.enum };
  if (type === "array") return { kind: "list", item: expand(items ?? {}) };
  if (type === "object" && properties === undefined) return { kind: "map" };
  if (type === "object") {
    const fields = Object.entries(properties ?? {}).map(([name, field]) => {
      return [name, { isRequired: required.includes(name), shape: expand(field) }] as const;
    });
    return { kind: "object", fields: Object.fromEntries(fields) };
  }
  if (type === "string" || type === "integer" || type === "number" || type === "boolean") return { kind: type };
  return { kind: "any" };
}

/**
 * Lists the differences between the shape that a client declares and that of the contract. A client may declare a
 * string where the contract lists values, because further ones may be added, a number where it has an integer, and any object where it
 * has one with fields.
 */
export function differences(declared: Shape, contract: Shape, at: string): string[] {
  if (declared.kind === "any") return contract.kind === "any" ? [] : [`${at}: any, not ${contract.kind}`];
  if (declared.kind === "string" && contract.kind === "enum")
    return contract.values.every((value) => typeof value === "string") ? [] : [`${at}: not only strings`];
  if (declared.kind === "boolean" && contract.kind === "enum")
    return contract.values.every((value) => typeof value === "boolean") ? [] : [`${at}: not only booleans`];
  if (declared.kind === "number" && contract.kind === "integer") return [];
  if (declared.kind === "map" && contract.kind === "object") return [];
  if (declared.kind === "list" && contract.kind === "list") return differences(declared.item, contract.item, `${at}[]`);
  if (declared.kind === "enum" && contract.kind === "enum") {
    const [ours, theirs] = [declared, contract].map(({ values }) => values.map(String).toSorted().join("|"));
    return ours === theirs ? [] : [`${at}: ${ours}, not ${theirs}`];
  }
  if (declared.kind === "object" && contract.kind === "object")
    return fieldDifferences(declared.fields, contract.fields, at);
  return declared.kind === contract.kind ? [] : [`${at}: ${declared.kind}, not ${contract.kind}`];
}

type Fields = Readonly<Record<string, FieldShape>>;

function fieldDifferences(declared: Fields, contract: Fields, at: string): string[] {
  const unknown = Object.keys(declared).filter((name) => contract[name] === undefined);
  return [
    ...unknown.map((name) => `${at}.${name}: not in the contract`),
    ...Object.entries(contract).flatMap(([name, field]) => {
      const ours = declared[name];
      if (ours === undefined) return [`${at}.${name}: missing`];
      const isSame = ours.isRequired === field.isRequired;
      return [
        ...(isSame ? [] : [`${at}.${name}: ${ours.isRequired ? "required" : "optional"}, unlike the contract`]),
        ...differences(ours.shape, field.shape, `${at}.${name}`),
      ];
    }),
  ];
}
