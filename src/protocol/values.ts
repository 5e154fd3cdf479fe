import { quote } from "./validate.ts";

/** Any value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A value that JSON cannot represent, encoded as an object with a `$type` (docs/wire-contract.md#45-values). */
export type Tagged = { readonly $type: string; readonly [key: string]: Json };

/**
 * Encodes an object of the host (Uri, Range, …), using `spell` for its contents. Returns undefined for unknown objects.
 */
export type ObjectSpelling = (value: object, spell: (inner: unknown) => Json) => Json | undefined;

/** Decodes an object of the host. Returns undefined for an unknown `$type`. */
export type ObjectReading = (tagged: Tagged) => object | undefined;

export interface EncodedValue {
  /** The value, tagged where JSON alone would be wrong. */
  readonly value: Json;
  /** True if parts were too deep or too large, which are replaced by `{"$type":"Truncated"}`. */
  readonly truncated: boolean;
}

/** Maximum nesting depth of arrays and objects, beyond which JSON parsers overflow. */
export const MAX_VALUE_DEPTH = 100;
/**
 * Maximum size of a result: the number of characters of its texts plus 8 for each other value, which approximates its
 * JSON.
 */
export const MAX_VALUE_SIZE = 8 * 1024 * 1024;
/** Maximum length of an integer, because converting one of four million digits blocks the host for seconds. */
export const MAX_BIGINT_DIGITS = 4096;
/** Compared with directly, because that compares lengths first; counting digits would need the conversion. */
const BIGINT_LIMIT = 10n ** BigInt(MAX_BIGINT_DIGITS);
const BIGINT = new RegExp(`^-?\\d{1,${MAX_BIGINT_DIGITS}}$`);

/**
 * Encodes any JavaScript value as JSON without losing its type: undefined, NaN, -0, BigInt, functions, symbols, dates,
 * errors, maps, sets, bytes and cycles. A plain object with its own `$type` is wrapped:
 * `{"$type":"Object","value":{…}}`. Throwing getters are encoded as errors. Stacks are omitted.
 */
export function encodeValue(value: unknown, spellHostObject: ObjectSpelling = () => undefined): EncodedValue {
  const encoder = new Encoder(spellHostObject);
  return { value: encoder.spell(value), truncated: encoder.truncated };
}

class Encoder {
  truncated = false;
  readonly #ancestors: object[] = [];
  readonly #spellHostObject: ObjectSpelling;
  #size = 0;

  constructor(spellHostObject: ObjectSpelling) {
    this.#spellHostObject = spellHostObject;
  }

  readonly spell = (value: unknown): Json => {
    this.#size += typeof value === "string" ? value.length : 8;
    if (this.#isFull()) return this.#cut("size");
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number") return spellNumber(value);
    if (typeof value !== "object") return this.#spellRareScalar(value);
    const level = this.#ancestors.indexOf(value);
    if (level >= 0) return { $type: "Cycle", levelsUp: this.#ancestors.length - level };
    if (this.#ancestors.length >= MAX_VALUE_DEPTH) return this.#cut("depth");
    this.#ancestors.push(value);
    try {
      return this.#spellObject(value);
    } catch (error) {
      return { $type: "Unreadable", message: error instanceof Error ? this.spell(error.message) : "" };
    } finally {
      this.#ancestors.pop();
    }
  };

  #spellObject(value: object): Json {
    if (Array.isArray(value)) return this.#spellList(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      const spelled = this.#spellHostObject(value, this.spell) ?? this.#spellBuiltIn(value);
      if (spelled !== undefined) return spelled;
    }
    const fields = this.#spellFields(value);
    return Object.hasOwn(fields, "$type") ? { $type: "Object", value: fields } : fields;
  }

  #spellBuiltIn(value: object): Tagged | undefined {
    if (value instanceof Error)
      return { $type: "Error", name: this.spell(value.name), message: this.spell(value.message) };
    if (value instanceof Date) return { $type: "Date", value: Number.isNaN(+value) ? "Invalid" : value.toISOString() };
    if (value instanceof RegExp) return { $type: "RegExp", source: this.spell(value.source), flags: value.flags };
    if (value instanceof URL) return { $type: "URL", value: this.spell(value.href) };
    if (value instanceof Map) return { $type: "Map", entries: this.#spellList(value) };
    if (value instanceof Set) return { $type: "Set", values: this.#spellList(value) };
    if (ArrayBuffer.isView(value)) return this.#spellBytes(value.buffer, value.byteOffset, value.byteLength);
    if (value instanceof ArrayBuffer) return this.#spellBytes(value, 0, value.byteLength);
    if (value instanceof Promise) return { $type: "Promise" };
    return undefined;
  }

  /** Encodes a list, with a single `Truncated` at the size limit, so that the cost is bounded too. */
  #spellList(items: Iterable<unknown>): Json[] {
    const spelled: Json[] = [];
    for (const item of items) {
      spelled.push(this.spell(item));
      if (this.#isFull()) break;
    }
    return spelled;
  }

  /** Encodes own enumerable fields. `fromEntries` makes `__proto__` an ordinary field. */
  #spellFields(value: object): Record<string, Json> {
    const entries: [string, Json][] = [];
    for (const key of Object.keys(value)) {
      this.#size += key.length;
      entries.push([key, this.spell(Reflect.get(value, key))]);
      if (this.#isFull()) break;
    }
    return Object.fromEntries(entries);
  }

  #spellBytes(buffer: ArrayBufferLike, offset: number, length: number): Tagged {
    this.#size += Math.ceil(length / 3) * 4;
    return this.#isFull()
      ? this.#cut("size")
      : { $type: "Bytes", base64: toBase64(new Uint8Array(buffer, offset, length)) };
  }

  #spellRareScalar(value: unknown): Tagged {
    switch (typeof value) {
      case "bigint":
        return this.#spellBigInt(value);
      case "function":
        return { $type: "Function", name: this.spell(value.name) };
      case "symbol":
        return { $type: "Symbol", description: this.spell(value.description ?? "") };
      default:
        return { $type: "Undefined" };
    }
  }

  #spellBigInt(value: bigint): Tagged {
    if (value >= BIGINT_LIMIT || value <= -BIGINT_LIMIT) return this.#cut("size");
    const digits = value.toString();
    this.#size += digits.length;
    return this.#isFull() ? this.#cut("size") : { $type: "BigInt", value: digits };
  }

  #isFull(): boolean {
    return this.#size > MAX_VALUE_SIZE;
  }

  #cut(reason: "depth" | "size"): Tagged {
    this.truncated = true;
    return { $type: "Truncated", reason };
  }
}

function spellNumber(value: number): Json {
  return Number.isFinite(value) && !Object.is(value, -0)
    ? value
    : { $type: "Number", value: Object.is(value, -0) ? "-0" : String(value) };
}

function toBase64(bytes: Uint8Array): string {
  const chunk = 3 * 8192;
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + chunk))));
  }
  return parts.join("");
}

/**
 * Decodes a JSON argument, including `{"$type":…}`.
 * @param readHostObject decodes objects of the editor; throws for a known `$type` with invalid fields
 * @throws TypeError for an unknown `$type`
 */
export function decodeValue(json: Json, readHostObject: ObjectReading = () => undefined): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (isList(json)) return json.map((item) => decodeValue(item, readHostObject));
  if (!isTagged(json)) return decodeFields(json, readHostObject);
  if (json.$type === "Undefined") return undefined;
  if (json.$type === "Object" && isPlain(json["value"])) return decodeFields(json["value"], readHostObject);
  if (json.$type === "BigInt" && typeof json["value"] === "string") return readBigInt(json["value"]);
  if (json.$type === "Number" && typeof json["value"] === "string") return Number(json["value"]);
  if (json.$type === "Date" && typeof json["value"] === "string") return new Date(json["value"]);
  const made = readHostObject(json);
  if (made === undefined) throw new TypeError(`unknown $type ${JSON.stringify(quote(json.$type))}`);
  return made;
}

function readBigInt(digits: string): bigint {
  if (BIGINT.test(digits)) return BigInt(digits);
  throw new TypeError(`the value of a BigInt must be a string of at most ${MAX_BIGINT_DIGITS} decimal digits`);
}

function decodeFields(fields: Readonly<Record<string, Json>>, readHostObject: ObjectReading): object {
  return Object.fromEntries(Object.keys(fields).map((key) => [key, decodeValue(fields[key] ?? null, readHostObject)]));
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

/** Returns true for an object that is no array. */
export function isPlain(json: Json | undefined): json is { readonly [key: string]: Json } {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function isTagged(json: { readonly [key: string]: Json }): json is Tagged {
  return typeof json["$type"] === "string" && Object.hasOwn(json, "$type");
}

/** Returns true if arrays and objects are nested deeper than `limit` levels. Not recursive. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  let level: object[] = isContainer(value) ? [value] : [];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= limit) return true;
    const next: object[] = [];
    for (const container of level) {
      for (const child of Object.values(container)) if (isContainer(child)) next.push(child);
    }
    level = next;
  }
  return false;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
