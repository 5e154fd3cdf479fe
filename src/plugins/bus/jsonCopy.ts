import { BridgeError, isBridgeError, messageOf } from "../../protocol/errors.ts";
import type { Untyped } from "./message.ts";

const MAX_DEPTH = 100;
/** A character takes at most this many bytes in JSON (`\u0000`). */
const MAX_BYTES_PER_CHARACTER = 6;
const NUMBER_BYTES = 24;

export interface JsonCopy {
  /** Deeply frozen. */
  readonly value: Untyped;
  /** Approximate size of its JSON in bytes. */
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
  const copier = new Copier(maxBytes, noun);
  const copy = copier.copy(value);
  if (copy === undefined) throw new BridgeError("VALIDATION_FAILED", `${noun} is not JSON.`);
  return { value: copy, bytes: copier.weigh(copy) };
}

class Copier {
  readonly #maxBytes: number;
  readonly #noun: string;
  /** Bounds of the size of its JSON; the exact size is computed only if they do not tell. */
  #atLeast = 0;
  #atMost = 0;

  constructor(maxBytes: number, noun: string) {
    this.#maxBytes = maxBytes;
    this.#noun = noun;
  }

  copy(value: unknown): unknown {
    try {
      return this.#copy(value, 0);
    } catch (error) {
      throw isBridgeError(error) ? error : this.#invalid(error);
    }
  }

  weigh(copy: unknown): number {
    if (this.#atMost <= this.#maxBytes) return this.#atLeast;
    const bytes = new TextEncoder().encode(JSON.stringify(copy)).length;
    if (bytes > this.#maxBytes) throw this.#tooLarge();
    return bytes;
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
    if (Array.isArray(value)) return Object.freeze(this.#copyItems(value, depth));
    if (!isPlain(value)) return this.#copy(this.#parsed(value), depth);
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const item = this.#copy(Reflect.get(value, key), depth + 1);
      if (item === undefined) continue;
      this.#add(key.length + 4, key.length * MAX_BYTES_PER_CHARACTER + 4);
      if (key === "__proto__") Object.defineProperty(copy, key, { value: item, enumerable: true });
      else copy[key] = item;
    }
    return Object.freeze(copy);
  }

  #copyItems(items: readonly unknown[], depth: number): unknown[] {
    this.#add(items.length, items.length);
    const copy: unknown[] = [];
    for (const item of items) copy.push(this.#copy(item, depth + 1) ?? null);
    return copy;
  }

  /** Has JSON decide on objects of classes: dates become texts. */
  #parsed(value: object): unknown {
    const text = JSON.stringify(value);
    return text === undefined ? undefined : JSON.parse(text);
  }

  #invalid(error: unknown): BridgeError {
    return new BridgeError("VALIDATION_FAILED", `${this.#noun} is not JSON: ${messageOf(error)}`);
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

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) && !("toJSON" in value && typeof value.toJSON === "function")
  );
}
