/** The JSON of a value, possibly truncated. */
export interface JsonHead {
  readonly text: string;
  readonly isWhole: boolean;
}

/**
 * Serializes a value parsed from JSON, and stops at the maximum length, so that the cost does not depend on the size of
 * the value.
 */
export function jsonHead(value: unknown, maxLength: number): JsonHead {
  const encoder = new Encoder(maxLength);
  encoder.write(value);
  return { text: encoder.text.slice(0, maxLength), isWhole: !encoder.isFull };
}

class Encoder {
  readonly #parts: string[] = [];
  #room: number;

  constructor(room: number) {
    this.#room = room;
  }

  get isFull(): boolean {
    return this.#room < 0;
  }

  get text(): string {
    return this.#parts.join("");
  }

  write(value: unknown): void {
    if (typeof value === "string") this.#writeText(value);
    else if (Array.isArray(value)) this.#writeItems(value);
    else if (typeof value === "object" && value !== null) this.#writeFields(value);
    else this.#write(JSON.stringify(value) ?? "null");
  }

  #writeText(text: string): void {
    this.#write(JSON.stringify(text.slice(0, this.#room + 1)));
  }

  #writeItems(items: readonly unknown[]): void {
    this.#write("[");
    for (let at = 0; at < items.length && !this.isFull; at++) {
      if (at > 0) this.#write(",");
      this.write(items[at]);
    }
    this.#write("]");
  }

  #writeFields(fields: object): void {
    this.#write("{");
    let mark = "";
    for (const [name, field] of Object.entries(fields)) {
      if (this.isFull) break;
      if (field === undefined) continue;
      this.#write(mark);
      this.#writeText(name);
      this.#write(":");
      this.write(field);
      mark = ",";
    }
    this.#write("}");
  }

  #write(text: string): void {
    this.#parts.push(text);
    this.#room -= text.length;
  }
}
