import type { Shape } from "./contractShapes.ts";

/** A class as far as this test reads it: its JSON fields, and those of the class that it extends. */
interface DartClass {
  readonly name: string;
  readonly base: string | undefined;
  readonly body: string;
}

type Fields = Extract<Shape, { kind: "object" }>["fields"];

/** Returns the text without comments and with the contents of strings kept, on one line. */
function flatten(source: string): string {
  return source.replaceAll(/^\s*\/\/.*$/gm, "").replaceAll(/\s+/g, " ");
}

/** Finds the classes of a Dart source that `dart_style` has formatted. */
function classesIn(source: string): DartClass[] {
  const text = flatten(source);
  const heads = /\bclass (\w+)(?: extends (\w+)(?:<[^{]*>)?)?(?: with \w+)?(?: implements \w+)? \{/g;
  return [...text.matchAll(heads)].map(([head, name = "", base], index, all) => {
    const start = (all[index]?.index ?? 0) + head.length;
    return { name, base, body: text.slice(start, endOfBlock(text, start)) };
  });
}

function endOfBlock(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return at;
  }
  throw new Error("a class does not end");
}

/** The classes of a package, and the shapes of the JSON that they read and write. */
export class DartClasses {
  readonly #classes: ReadonlyMap<string, DartClass>;

  constructor(sources: readonly string[]) {
    this.#classes = new Map(sources.flatMap(classesIn).map((found) => [found.name, found]));
  }

  /** The names of the classes that are read from JSON. */
  get readers(): string[] {
    const isReader = ({ name, body }: DartClass) =>
      new RegExp(`\\b${name}\\.fromJson\\( ?(?:Map<|super\\.json)`).test(body);
    return [...this.#classes.values()].filter(isReader).map(({ name }) => name);
  }

  /** The fields that `fromJson` of a class reads, those of its base classes included. */
  shapeOf(name: string): Extract<Shape, { kind: "object" }> {
    const { base, body } = this.#get(name);
    const inherited = base === undefined || !this.#classes.has(base) ? {} : this.shapeOf(base).fields;
    return { kind: "object", fields: { ...inherited, ...this.#readsIn(body) } };
  }

  /** The fields that `toJson` of a class writes. */
  writtenBy(name: string): Extract<Shape, { kind: "object" }> {
    const { body } = this.#get(name);
    const [, object = ""] = /toJson\(\) => \{(.*?)\};/.exec(body) ?? [];
    const written = [...object.matchAll(/(if \((\w+) != null\) )?'(\w+)': (\w+),?/g)];
    const fields = written.map(([, condition, tested, key = "", field = ""]) => {
      if (tested !== undefined && tested !== field) throw new Error(`${name}.${key} is written for another field`);
      const [, type = ""] = new RegExp(`final ([^;]+) ${field};`).exec(body) ?? [];
      if (type.endsWith("?") !== (condition !== undefined)) throw new Error(`${name}.${key}: ${type}`);
      return [key, { isRequired: condition === undefined, shape: typeShape(type.replace(/\?$/, "")) }] as const;
    });
    return { kind: "object", fields: Object.fromEntries(fields) };
  }

  #get(name: string): DartClass {
    const found = this.#classes.get(name);
    if (found === undefined) throw new Error(`no class ${name}`);
    return found;
  }

  #readsIn(body: string): Fields {
    const fields: Record<string, Fields[string]> = {};
    const reads = /json\['(\w+)'\](?: as ((?:\w+)(?:<[^>]*>)?\??)| (== null \? null :)|)/g;
    const absent = new Set<string>();
    for (const read of body.matchAll(reads)) {
      const [whole, key = "", cast, isTested] = read;
      if (isTested !== undefined) {
        absent.add(key);
        continue;
      }
      // A look at a field that is also read with its type, such as in a `switch`.
      if (cast === undefined && fields[key] !== undefined) continue;
      const before = body.slice(0, read.index);
      const after = body.slice(read.index + whole.length);
      const isRequired = cast !== undefined && !cast.endsWith("?") && !absent.has(key);
      fields[key] = { isRequired, shape: this.#shapeOfRead(before, cast?.replace(/\?$/, ""), after) };
    }
    return fields;
  }

  #shapeOfRead(before: string, cast: string | undefined, after: string): Shape {
    if (cast === undefined) return { kind: "any" };
    const [, read] = /(?<!\w)(\w+)\.fromJson\( ?$/.exec(before) ?? [];
    const [, tornOff] = /^, (\w+)\.fromJson,? ?\)/.exec(after) ?? [];
    const nested = read ?? tornOff;
    const shape = nested === undefined ? undefined : this.shapeOf(nested);
    if (cast.startsWith("List")) {
      if (/objects\( ?$/.test(before) && shape !== undefined) return { kind: "list", item: shape };
      const [, item] = /^\) ?\??\.cast<(\w+)>\(\)/.exec(after) ?? [];
      return { kind: "list", item: item === undefined ? { kind: "any" } : typeShape(item) };
    }
    return shape ?? typeShape(cast);
  }
}

function typeShape(type: string): Shape {
  if (type.startsWith("Map<")) return { kind: "map" };
  const [, item] = /^List<(.*)>$/.exec(type) ?? [];
  if (item !== undefined) return { kind: "list", item: typeShape(item) };
  const kinds: Readonly<Record<string, Shape["kind"] & ("any" | "string" | "integer" | "number" | "boolean")>> = {
    String: "string",
    int: "integer",
    num: "number",
    bool: "boolean",
    "Object?": "any",
    dynamic: "any",
  };
  const kind = kinds[type];
  if (kind === undefined) throw new Error(`unknown type ${type}`);
  return { kind };
}
