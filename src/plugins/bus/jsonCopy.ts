import { BridgeError, isBridgeError, messageOf } from "../../protocol/errors.ts";
import type { Untyped } from "./message.ts";

const MAX_DEPTH = 100;
/** A character takes at most this many bytes in JSON (`\u0000`). */
const MAX_BYTES_PER_CHARACTER = 6;
const NUMBER_BYTES = 24;
/** Memory of an object or a list besides its content, of which `{}` in JSON says little. */
export const OBJECT_BYTES = 64;

export interface JsonCopy {
  /** Deeply frozen. */
  readonly value: Untyped;
  /** Approximate size in bytes: of its JSON, and of the objects that it has in memory. */
  readonly bytes: number;
}

const NOTHING: JsonCopy = { value: undefined, bytes: 0 };

/**
 * Copies a value as `JSON.parse(JSON.stringify(value))` does, and freezes the copy, so that neither its sender nor one
 * of its receivers changes what the others see. Undefined stays undefined.
 * @param noun its name in errors: "The payload"
 * @throws BridgeError VALIDATION_FAILED for what is no JSON, cyclic or nested too deeply; PAYLOAD_TOO_LARGE
 */
export function copyJson(value: unknown, maxBytes: number, noun: string): JsonCopy {
  if (value === undefined) return NOTHING;
  if (typeof value === "number" || typeof value === "boolean" || value === null) return smallCopy(value);
  return new Copier(value, maxBytes, noun);
}

function smallCopy(value: number | boolean | null): JsonCopy {
  return { value: typeof value === "number" && !Number.isFinite(value) ? null : value, bytes: NUMBER_BYTES };
}

/** Copies and weighs in one walk. */
class Copier implements JsonCopy {
  readonly value: Untyped;
  readonly bytes: number;
  readonly #maxBytes: number;
  readonly #noun: string;
  /** Bounds of the size of its JSON; the exact size is computed only if they do not tell. */
  #atLeast = 0;
  #atMost = 0;
  #inMemory = 0;

  constructor(value: unknown, maxBytes: number, noun: string) {
    this.#maxBytes = maxBytes;
    this.#noun = noun;
    try {
      this.value = this.#copy(value, 0);
    } catch (error) {
      throw isBridgeError(error) ? error : this.#invalid(messageOf(error));
    }
    if (this.value === undefined) throw this.#invalid(`it is a ${typeof value}`);
    this.bytes = this.#weigh();
  }

  #weigh(): number {
    if (this.#atMost <= this.#maxBytes) return this.#atLeast + this.#inMemory;
    const bytes = new TextEncoder().encode(JSON.stringify(this.value)).length;
    if (bytes > this.#maxBytes) throw this.#tooLarge();
    return bytes + this.#inMemory;
  }

  /** Returns undefined for what JSON leaves out. */
  #copy(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
        this.#add(value.length + 2, value.length * MAX_BYTES_PER_CHARACTER + 2);
        return value;
      case "number":
        this.#add(1, NUMBER_BYTES);
        return Number.isFinite(value) ? value : null;
      case "boolean":
        this.#add(4, 5);
        return value;
      case "object":
        if (value !== null) return this.#copyObject(value, depth);
        this.#add(4, 4);
        return value;
      case "bigint":
        throw new BridgeError("VALIDATION_FAILED", `${this.#noun} has a BigInt, which JSON does not have.`);
      default:
        return undefined;
    }
  }

  #copyObject(value: object, depth: number): unknown {
    if (depth === MAX_DEPTH) {
      throw new BridgeError(
        "VALIDATION_FAILED",
        `${this.#noun} is cyclic, or nested more than ${MAX_DEPTH} levels deep.`,
      );
    }
    // A bracket here, and the other one with the items, of which the last has no comma.
    this.#add(1, 2);
    this.#inMemory += OBJECT_BYTES;
    if (Array.isArray(value)) return this.#copyItems(value, depth);
    return isPlain(value) ? this.#copyFields(value, depth) : this.#copy(parsed(value), depth);
  }

  #copyItems(items: readonly unknown[], depth: number): readonly unknown[] {
    this.#add(items.length, items.length);
    const copy = items.slice();
    for (let at = 0; at < copy.length; at++) {
      const item = copy[at];
      const copied = this.#copy(item, depth + 1) ?? null;
      if (copied !== item) copy[at] = copied;
    }
    return Object.freeze(copy);
  }

  /** Copies all fields at once, then what is in them: most are not objects. */
  #copyFields(fields: Fields, depth: number): unknown {
    const copy: Record<string, unknown> = { ...fields };
    let isWhole = true;
    for (const key of Object.keys(copy)) {
      const item = copy[key];
      if (key === "toJSON" && typeof item === "function") return this.#copy(parsed(fields), depth);
      const copied = this.#copy(item, depth + 1);
      if (copied === undefined) isWhole = false;
      else this.#add(key.length + 4, key.length * MAX_BYTES_PER_CHARACTER + 4);
      if (copied !== item) copy[key] = copied;
    }
    return Object.freeze(isWhole ? copy : withoutUndefined(copy));
  }

  #invalid(reason: string): BridgeError {
    return new BridgeError("VALIDATION_FAILED", `${this.#noun} is not JSON: ${reason}`);
  }

  #add(atLeast: number, atMost: number): void {
    this.#atLeast += atLeast;
    this.#atMost += atMost;
    if (this.#atLeast > this.#maxBytes) throw this.#tooLarge();
  }

  #tooLarge(): BridgeError {
    return new BridgeError("PAYLOAD_TOO_LARGE", `${this.#noun} has more than ${this.#maxBytes} bytes of JSON.`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isPlain(value: object): value is Fields {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Has JSON decide on objects of classes: dates become texts. */
function parsed(value: object): unknown {
  const text = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
}

function withoutUndefined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, item]) => item !== undefined));
}
