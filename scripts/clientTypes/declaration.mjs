// Declares a JSON Schema, of the kind that zod writes, as a TypeScript type.

const LINE_LENGTH = 110;

/** The fields of every event. */
export const EVENT_FIELDS = `/** The fields of every event. */
export interface EventFields {
  /** Strictly increases within one epoch. */
  eventId: number;
  timestamp: string;
  /** The window that has reported the event. */
  windowId: string;
  ${docComment("The number of the event among those of its window, also after another window has taken over the address: 1, 2, 3 …. Absent in `connection-ready` and `events-lost`.")}
  windowEventId?: number | undefined;
}`;
const eventFields = ["eventId", "timestamp", "windowId", "windowEventId"];

/**
 * Returns the declaration of a type.
 * @param context `enums` by their values, `shapes` of objects by name, `exclusive` fields, and `docOf` for the doc comment
 */
export function declarationOf(name, schema, context) {
  const doc = `${docComment(context.docOf(name, schema))}\n`;
  // Requests are the strict ones. They accept read-only lists, and events have such lists, because all readers share them.
  const isEvent = eventFields.every((field) => field in (schema.properties ?? {}));
  const hasReadonlyLists = isEvent || schema.additionalProperties === false;
  const { [name]: _own, ...shapes } = context.shapes;
  const writer = new TypeWriter(context.enums, shapes, hasReadonlyLists);
  const rule = context.exclusive[name];
  if (rule !== undefined) return `${doc}export type ${name} = ${exclusiveType(schema, rule, writer)};`;
  if (schema.properties === undefined) return `${doc}export type ${name} = ${writer.typeOf(schema)};`;
  if (!isEvent) return `${doc}export interface ${name} ${writer.typeOf(schema)}`;
  const own = Object.entries(schema.properties).filter(([field]) => !eventFields.includes(field));
  return `${doc}export interface ${name} extends EventFields ${writer.fieldsOf(own, schema.required)}`;
}

/** One line, or several for a long text. */
function docComment(text) {
  const safe = text.replaceAll("*/", "*\\/");
  if (safe.length <= LINE_LENGTH) return `/** ${safe} */`;
  const lines = [""];
  for (const word of safe.split(" ")) {
    const line = lines.at(-1);
    if (line !== "" && line.length + word.length >= LINE_LENGTH) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return `/**\n${lines.map((line) => ` * ${line}`).join("\n")}\n */`;
}

/** True for objects with the same fields, whatever their descriptions. */
function hasShape(schema, shape) {
  const fields = Object.keys(schema.properties ?? {});
  const wanted = Object.keys(shape.properties);
  return fields.length === wanted.length && fields.every((field) => wanted.includes(field));
}

/** The common fields, and a branch for each of the fields that exclude each other. */
function exclusiveType(schema, { fields, isRequired }, writer) {
  const rest = Object.entries(schema.properties).filter(([name]) => !fields.includes(name));
  const branches = fields.map((chosen) =>
    writer.fieldsOf(
      fields.map((name) => [name, name === chosen ? schema.properties[name] : ABSENT]),
      isRequired ? [chosen] : [],
    ),
  );
  return `${writer.fieldsOf(rest, schema.required ?? [])} & (${branches.join(" | ")})`;
}

const ABSENT = { absent: true };

class TypeWriter {
  #enums;
  #shapes;
  #list;

  constructor(enums, shapes, hasReadonlyLists) {
    this.#enums = enums;
    this.#shapes = Object.entries(shapes);
    this.#list = hasReadonlyLists ? "readonly " : "";
  }

  typeOf(schema) {
    if (schema.absent) return "undefined";
    if (schema.tsType !== undefined) return schema.tsType;
    if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1);
    if ("const" in schema) return JSON.stringify(schema.const);
    if (schema.enum !== undefined) return this.#enumOf(schema.enum);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices !== undefined) return choices.map((each) => this.typeOf(each)).join(" | ");
    switch (schema.type) {
      case "object":
        return this.#objectOf(schema);
      case "array":
        return `${this.#list}${this.#itemOf(schema.items)}[]`;
      case "integer":
      case "number":
        return "number";
      case "string":
      case "boolean":
      case "null":
        return schema.type;
      case undefined:
        return "unknown";
      default:
        throw new Error(`No type for ${JSON.stringify(schema)}.`);
    }
  }

  /** The fields of an object; one that is not required may also be undefined. */
  fieldsOf(entries, required, more = "") {
    const fields = entries.map(([name, schema]) => {
      const doc = schema.description === undefined ? "" : `${docComment(schema.description)}\n`;
      const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
      const type = this.typeOf(schema);
      const isOpen = required.includes(name) || type === "unknown" || type === "undefined";
      return `${doc}${key}${required.includes(name) ? "" : "?"}: ${type}${isOpen ? "" : " | undefined"};`;
    });
    return `{\n${fields.join("\n")}\n${more}}`;
  }

  #objectOf(schema) {
    const named = this.#shapes.find(([, shape]) => hasShape(schema, shape));
    if (named !== undefined) return named[0];
    const { properties, required = [], additionalProperties } = schema;
    const isOpen = typeof additionalProperties === "object";
    if (properties === undefined || (Object.keys(properties).length === 0 && !isOpen)) {
      const record = `Record<string, ${isOpen ? this.typeOf(additionalProperties) : "never"}>`;
      return this.#list === "" ? record : `Readonly<${record}>`;
    }
    const more = isOpen ? `[name: string]: ${this.typeOf(additionalProperties)};\n` : "";
    return this.fieldsOf(Object.entries(properties), required, more);
  }

  #itemOf(items) {
    const type = this.typeOf(items);
    return /[|&]/.test(type) && !type.startsWith("{") ? `(${type})` : type;
  }

  #enumOf(values) {
    const named = this.#enums.find(
      (each) => each.values.length === values.length && each.values.every((value) => values.includes(value)),
    );
    return named?.name ?? values.map((value) => JSON.stringify(value)).join(" | ");
  }
}
