import { compareSchemas, type Direction } from "./compareSchemas.ts";
import { isObject, type Plain, type PlainObject, textOf } from "./placeholders.ts";

/**
 * Compares an OpenAPI document with one recorded earlier, and returns what was lost or narrowed. Texts for people, tags and
 * examples may change; paths, methods, optional parameters, answers and properties may be added.
 */
export function compareOpenApi(before: Plain, after: Plain): string[] {
  const documents = { before, after };
  const schemas = (before: Plain, after: Plain | undefined, direction: Direction, path: string): string[] =>
    compareSchemas({ before, after }, { direction, documents, path });

  const contents = (before: PlainObject, after: PlainObject, direction: Direction, path: string): string[] =>
    each(before["content"], after["content"], `${path} content`, (media, present, path) =>
      schemas(media["schema"] ?? {}, present["schema"], direction, path),
    );

  const parameters = (before: Plain | undefined, after: Plain | undefined, path: string): string[] => {
    const present = byName(after);
    const added = Object.entries(present).filter(([name]) => !Object.hasOwn(byName(before), name));
    return [
      ...each(byName(before), present, `${path} parameter`, (parameter, other, path) => [
        ...(other["required"] === true && parameter["required"] !== true ? [`${path} has become required`] : []),
        ...schemas(parameter["schema"] ?? {}, other["schema"], "request", path),
      ]),
      ...added.flatMap(([name, { required = false }]) =>
        required === true ? [`${path} parameter ${name} is new and required`] : [],
      ),
    ];
  };

  const responses = (before: Plain | undefined, after: Plain | undefined, path: string): string[] =>
    each(before, after, `${path} answer`, (response, present, path) => {
      const [earlier, later] = [resolved(response, documents.before), resolved(present, documents.after)];
      return [
        ...each(earlier["headers"], later["headers"], `${path} header`, (header, present, path) =>
          schemas(earlierHeader(header["schema"], present["schema"]), present["schema"], "response", path),
        ),
        ...contents(earlier, later, "response", path),
      ];
    });

  const operations = each(field(before, "paths"), field(after, "paths"), "path", (methods, present, path) =>
    each(methods, present, path, (operation, other, path) => [
      ...same(operation["operationId"], other["operationId"], `${path} operationId`),
      ...same(operation["security"], other["security"], `${path} security`),
      ...parameters(operation["parameters"], other["parameters"], path),
      ...body(operation, other, path),
      ...responses(operation["responses"], other["responses"], path),
    ]),
  );

  function body(operation: PlainObject, other: PlainObject, path: string): string[] {
    const { requestBody: before = {} } = operation;
    const { requestBody: after = {} } = other;
    if (!isObject(before) || !isObject(after)) return [];
    const isNarrowed = after["required"] === true && before["required"] !== true;
    return [...(isNarrowed ? [`${path} body has become required`] : []), ...contents(before, after, "request", path)];
  }

  return [
    ...same(field(before, "security"), field(after, "security"), "security"),
    ...components(before, after),
    ...operations,
  ];
}

/** Compares what operations refer to by name. */
function components(before: Plain, after: Plain): string[] {
  const securitySchemes = same(
    withoutText(field(before, "components", "securitySchemes")),
    withoutText(field(after, "components", "securitySchemes")),
    "securitySchemes",
  );
  const schemas = each(
    field(before, "components", "schemas"),
    field(after, "components", "schemas"),
    "schema",
    () => [],
  );
  return [...securitySchemes, ...schemas];
}

/** Visits each field that is an object; one that is lost is reported. */
function each(
  before: Plain | undefined,
  after: Plain | undefined,
  path: string,
  compare: (before: PlainObject, after: PlainObject, path: string) => string[],
): string[] {
  if (!isObject(before)) return [];
  return Object.entries(before).flatMap(([name, value]) => {
    const present = isObject(after) ? after[name] : undefined;
    if (!isObject(value)) return [];
    return isObject(present) ? compare(value, present, `${path} ${name}`) : [`${path} ${name} is lost`];
  });
}

function same(before: Plain | undefined, after: Plain | undefined, path: string): string[] {
  const [earlier, later] = [JSON.stringify(before), JSON.stringify(after)];
  return earlier === later ? [] : [`${path} was ${earlier} and is ${later}`];
}

function field(value: Plain | undefined, ...names: readonly string[]): Plain | undefined {
  return names.reduce<Plain | undefined>((found, name) => (isObject(found) ? found[name] : undefined), value);
}

function byName(parameters: Plain | undefined): Readonly<Record<string, PlainObject>> {
  const list: readonly Plain[] = Array.isArray(parameters) ? parameters : [];
  return Object.fromEntries(
    list.filter(isObject).map((each) => [`${textOf(each["in"])} ${textOf(each["name"])}`, each]),
  );
}

function resolved(value: PlainObject, document: Plain): PlainObject {
  const { $ref } = value;
  if (typeof $ref !== "string") return value;
  const found = field(document, ...$ref.slice(2).split("/"));
  return isObject(found) ? found : {};
}

function withoutText(value: Plain | undefined): Plain | undefined {
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([name]) => name !== "description");
  return Object.fromEntries(kept.map(([name, each]) => [name, withoutText(each) ?? null]));
}

/** A challenge may get parameters, which clients ignore (RFC 9110 §11.4); the exchanges show that the scheme stays. */
function earlierHeader(before: Plain | undefined, after: Plain | undefined): Plain {
  const hasMore =
    isObject(before) && isObject(after) && before["const"] === "Bearer" && after["pattern"] === "^Bearer\\b";
  return hasMore ? { type: "string" } : (before ?? {});
}
