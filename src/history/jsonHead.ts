/** The JSON of a value, or as much of its beginning as there is room for. */
export interface JsonHead {
  readonly text: string;
  readonly isWhole: boolean;
}

/** Spells a value that came from JSON, and stops where the room ends: the rest costs nothing, however large it is. */
export function jsonHead(value: unknown, maxLength: number): JsonHead {
  const encoder = new Encoder(maxLength);
  encoder.spell(value);
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

  spell(value: unknown): void {
    if (typeof value === "string") this.#spellText(value);
    else if (Array.isArray(value)) this.#spellItems(value);
    else if (typeof value === "object" && value !== null) this.#spellFields(value);
    else this.#write(JSON.stringify(value) ?? "null");
  }

  #spellText(text: string): void {
    this.#write(JSON.stringify(text.slice(0, this.#room + 1)));
  }

  #spellItems(items: readonly unknown[]): void {
    this.#write("[");
    for (let at = 0; at < items.length && !this.isFull; at++) {
      if (at > 0) this.#write(",");
      this.spell(items[at]);
    }
    this.#write("]");
  }

  #spellFields(fields: object): void {
    this.#write("{");
    let mark = "";
    for (const [name, field] of Object.entries(fields)) {
      if (this.isFull) break;
      if (field === undefined) continue;
      this.#write(mark);
      this.#spellText(name);
      this.#write(":");
      this.spell(field);
      mark = ",";
    }
    this.#write("}");
  }

  #write(text: string): void {
    this.#parts.push(text);
    this.#room -= text.length;
  }
}
