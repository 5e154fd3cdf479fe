import { Pace } from "./pace.ts";
import { isSecretName, occurrencesOf, secretFinders, type Span } from "./secretPatterns.ts";

const HIDDEN = "(hidden)";
/** A longer text is worth remembering: a run says its output up to four times. In characters. */
const LONG = 1000;
/** So many secrets are found in one step. */
const SPANS_PER_STEP = 1000;

/**
 * Takes out of a value what must not leave the machine: the secrets that are given, and what looks like a key.
 * It errs on the side of hiding too much. Gives others their turn meanwhile; each text is looked at as a whole, so that
 * a secret cannot fall between two slices.
 * @param value as JSON has it; a changed copy is returned
 */
export function redact(value: unknown, secrets: readonly string[]): Promise<unknown> {
  return new Redaction(secrets).copy(value);
}

class Redaction {
  readonly #finders: readonly ((text: string) => Iterable<Span>)[];
  readonly #pace = new Pace();
  readonly #done = new Map<string, string>();

  constructor(secrets: readonly string[]) {
    const known = secrets.filter((secret) => secret !== "");
    this.#finders = [...secretFinders, ...known.map((secret) => (text: string) => occurrencesOf(secret, text))];
  }

  async copy(value: unknown): Promise<unknown> {
    if (typeof value === "string") return this.#hide(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      const items: unknown[] = [];
      for (const item of value) items.push(await this.copy(item));
      return items;
    }
    const fields: [string, unknown][] = [];
    for (const [name, field] of Object.entries(value)) {
      const isSecret = typeof field === "string" && field !== "" && isSecretName(name);
      fields.push([await this.#hide(name), isSecret ? HIDDEN : await this.copy(field)]);
    }
    return Object.fromEntries(fields);
  }

  /** All finders look at the text as it was: what one hides must not hide from another where its secret begins. */
  async #hide(text: string): Promise<string> {
    const done = this.#done.get(text);
    if (done !== undefined) return done;
    const spans: Span[] = [];
    for (const find of this.#finders) {
      for (const span of find(text)) if (spans.push(span) % SPANS_PER_STEP === 0) await this.#pace.pause();
      await this.#pace.pause();
    }
    const shown = without(text, spans);
    if (text.length > LONG) this.#done.set(text, shown);
    return shown;
  }
}

function without(text: string, spans: readonly Span[]): string {
  const kept: string[] = [];
  let at = 0;
  for (const [start, end] of spans.toSorted(([a], [b]) => a - b)) {
    if (start >= at) kept.push(text.slice(at, start), HIDDEN);
    at = Math.max(at, end);
  }
  return at === 0 ? text : kept.join("") + text.slice(at);
}
