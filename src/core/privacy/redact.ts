import { Pace } from "../../base/pace.ts";
import { isSecretName, occurrencesOf, secretFinders, type Span } from "./secretPatterns.ts";

const HIDDEN = "(hidden)";
/** Length in characters above which results are cached: a run repeats its output up to four times. */
const LONG = 1000;
/** Maximum number of secrets found in one step. */
const SPANS_PER_STEP = 1000;

/**
 * Replaces secrets in a value: the given ones, and text that looks like a key. Prefers false positives. Yields to the
 * event loop between steps; each text is searched as a whole, so that no secret is missed at a boundary.
 * @param value a JSON value, which is not modified
 * @returns a redacted copy
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

  /** Runs all finders on the original text, so that one cannot hide the beginning of a secret from another. */
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
