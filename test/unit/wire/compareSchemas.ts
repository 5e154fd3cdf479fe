import { isObject, type Plain, type PlainObject, textOf } from "./placeholders.ts";

/** Who writes what a schema describes: a client, or the bridge. */
export type Direction = "request" | "response";

interface Surroundings {
  readonly direction: Direction;
  readonly documents: { readonly before: Plain; readonly after: Plain };
  readonly path: string;
  /** Pairs of references that are being compared already. */
  readonly seen?: ReadonlySet<string>;
}

interface Pair {
  readonly before: Plain;
  readonly after: Plain | undefined;
}

/** Say nothing about the values. */
const texts = new Set(["description", "title", "examples", "example", "$comment"]);
/** Compared by rules of their own. */
const ruled = new Set(["properties", "required", "enum", "items", "additionalProperties", "$ref", "discriminator"]);
const alternatives = ["oneOf", "anyOf", "allOf"];

/** Returns what a client can no longer send, or can no longer rely on. */
export function compareSchemas({ before, after }: Pair, surroundings: Surroundings): string[] {
  const { documents, path, seen = new Set<string>() } = surroundings;
  if (!isObject(before) || !isObject(after))
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [`${path} is lost`];
  const key = `${textOf(before["$ref"])} ${textOf(after["$ref"])}`;
  if (before["$ref"] !== undefined && seen.has(key)) return [];
  const earlier = resolve(before, documents.before);
  const later = resolve(after, documents.after);
  if (isOpenTarget(earlier, later, path)) return [];
  const inner = { ...surroundings, seen: new Set([...seen, key]) };
  return [
    ...compareKeywords(earlier, later, inner),
    ...compareEnums(earlier, later, path),
    ...compareDiscriminators(earlier["discriminator"], later["discriminator"], path),
    ...compareProperties(earlier, later, inner),
    ...(earlier["items"] === undefined
      ? []
      : compareSchemas({ before: earlier["items"], after: later["items"] }, { ...inner, path: `${path}[]` })),
    ...alternatives.flatMap((name) => compareAlternatives(earlier[name], later[name], inner)),
  ];
}

/** Types, formats and limits stay. A client need not expect new ones in what it sends; in answers they tell it more. */
function compareKeywords(before: PlainObject, after: PlainObject, { direction, path }: Surroundings): string[] {
  const isPlain = (name: string): boolean => !texts.has(name) && !ruled.has(name) && !alternatives.includes(name);
  const changed = Object.keys(before).filter(
    (name) => isPlain(name) && JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const added = Object.keys(after).filter((name) => isPlain(name) && !Object.hasOwn(before, name));
  const isClosed = after["additionalProperties"] === false && before["additionalProperties"] !== false;
  return [
    ...changed.map(
      (name) => `${path} ${name} was ${JSON.stringify(before[name])} and is ${JSON.stringify(after[name])}`,
    ),
    ...(direction === "request" ? added.map((name) => `${path} ${name} is a new limit`) : []),
    ...(direction === "request" && isClosed ? [`${path} takes no further properties now`] : []),
  ];
}

/** The one exception: the enumeration `target` may become any text. */
function isOpenTarget(before: PlainObject, after: PlainObject, path: string): boolean {
  return (
    path.endsWith(".target") &&
    before["enum"] !== undefined &&
    after["enum"] === undefined &&
    after["type"] === "string"
  );
}

/** Values of an enumeration may be added, none lost. */
function compareEnums(before: PlainObject, after: PlainObject, path: string): string[] {
  const [earlier, later] = [before["enum"], after["enum"]];
  if (!Array.isArray(earlier)) return later === undefined ? [] : [`${path} has become an enumeration`];
  if (!Array.isArray(later)) return [`${path} is no enumeration any more`];
  const present: readonly Plain[] = later;
  return earlier
    .filter((value) => !present.includes(value))
    .map((value) => `${path} has lost ${JSON.stringify(value)}`);
}

/** Alternatives may be added, none lost. */
function compareDiscriminators(before: Plain | undefined, after: Plain | undefined, path: string): string[] {
  const [earlier, later] = [fields(before), fields(after)];
  const [known, present] = [fields(earlier["mapping"]), fields(later["mapping"])];
  const isSame = earlier["propertyName"] === later["propertyName"];
  return [
    ...(isSame ? [] : [`${path} is told apart by ${textOf(later["propertyName"])}`]),
    ...Object.keys(known)
      .filter((name) => known[name] !== present[name])
      .map((name) => `${path} has lost the alternative ${name}`),
  ];
}

function compareProperties(before: PlainObject, after: PlainObject, surroundings: Surroundings): string[] {
  const { direction, path } = surroundings;
  const [earlier, later] = [fields(before["properties"]), fields(after["properties"])];
  const [needed, needs] = [listOf(before["required"]), listOf(after["required"])];
  const lost = needed.filter((name) => !needs.includes(name));
  const gained = needs.filter((name) => !needed.includes(name));
  return [
    ...Object.entries(earlier).flatMap(([name, property]) =>
      compareSchemas({ before: property, after: later[name] }, { ...surroundings, path: `${path}.${name}` }),
    ),
    ...(direction === "request" ? gained.map((name) => `${path}.${textOf(name)} has become required`) : []),
    ...(direction === "response" ? lost.map((name) => `${path}.${textOf(name)} may be missing now`) : []),
    ...(isObject(before["additionalProperties"])
      ? compareSchemas(
          { before: before["additionalProperties"], after: after["additionalProperties"] },
          { ...surroundings, path: `${path}.*` },
        )
      : []),
  ];
}

/** Each recorded alternative needs one that is as good. */
function compareAlternatives(
  before: Plain | undefined,
  after: Plain | undefined,
  surroundings: Surroundings,
): string[] {
  const present = listOf(after);
  return listOf(before).flatMap((alternative, at) => {
    const path = `${surroundings.path}(${at})`;
    const attempts = present.map((each) =>
      compareSchemas({ before: alternative, after: each }, { ...surroundings, path }),
    );
    const best = attempts.toSorted((a, b) => a.length - b.length)[0];
    return best ?? [`${path} is lost`];
  });
}

function resolve(schema: PlainObject, document: Plain): PlainObject {
  const { $ref, ...rest } = schema;
  if (typeof $ref !== "string") return schema;
  let found: Plain | undefined = document;
  for (const name of $ref.slice(2).split("/")) found = isObject(found) ? found[name] : undefined;
  return isObject(found) ? { ...found, ...rest } : {};
}

function fields(value: Plain | undefined): PlainObject {
  return isObject(value) ? value : {};
}

function listOf(value: Plain | undefined): readonly Plain[] {
  return Array.isArray(value) ? value : [];
}
