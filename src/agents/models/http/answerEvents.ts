/** Longest answer without a stream that is looked at, in characters. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** Finds the JSON in an answer whose bytes pass by: the events of a stream, or the answer itself. */
export class AnswerEvents {
  readonly #isStream: boolean;
  readonly #onJson: (json: unknown) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(contentType: string | null, onJson: (json: unknown) => void) {
    this.#isStream = contentType?.includes("event-stream") === true;
    this.#onJson = onJson;
  }

  add(bytes: Uint8Array): void {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    if (!this.#isStream) {
      if (this.#rest.length > MAX_CHARACTERS) this.#rest = " ";
      return;
    }
    const lines = this.#rest.split(/\r?\n/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#readLine(line);
  }

  end(): void {
    if (this.#isStream) this.#readLine(this.#rest);
    else this.#read(this.#rest);
    this.#rest = "";
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
