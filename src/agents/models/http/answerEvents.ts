/** Longest answer without a stream that is looked at, in characters. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** Finds the JSON in an answer whose bytes pass by: the events of a stream, or the answer itself. */
export class AnswerEvents {
  readonly #isStream: boolean;
  readonly #onJson: (json: unknown) => void;
  readonly #decoder = new TextDecoder();
  /** The pieces of the line, or of the answer, that has not ended yet. */
  #rest: string[] = [];
  #restCharacters = 0;

  constructor(contentType: string | null, onJson: (json: unknown) => void) {
    this.#isStream = contentType?.includes("event-stream") === true;
    this.#onJson = onJson;
  }

  add(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    if (!this.#isStream) return this.#keep(text);
    const lines = text.split(/\r?\n/);
    for (const line of lines.slice(0, -1)) {
      this.#keep(line);
      this.#readLine(this.#takeRest());
    }
    this.#keep(lines.at(-1) ?? "");
  }

  end(): void {
    if (this.#isStream) this.#readLine(this.#takeRest());
    else if (this.#restCharacters <= MAX_CHARACTERS) this.#read(this.#takeRest());
  }

  /** Keeps no more of an answer that is too long to be looked at. */
  #keep(text: string): void {
    this.#restCharacters += text.length;
    if (!this.#isStream && this.#restCharacters > MAX_CHARACTERS) this.#rest = [];
    else this.#rest.push(text);
  }

  #takeRest(): string {
    const text = this.#rest.join("");
    this.#rest = [];
    this.#restCharacters = 0;
    return text;
  }

  #readLine(line: string): void {
    if (line.startsWith("data:")) this.#read(line.slice("data:".length));
  }

  /** Ignores what is no JSON, such as the mark at the end of a stream. */
  #read(text: string): void {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      return;
    }
    this.#onJson(json);
  }
}
