import { Pace } from "../../base/pace.ts";
import type { Finding } from "./finding.ts";
import { findSecrets } from "./findSecrets.ts";
import { isSecretName } from "./namedValues.ts";
import { appendToStream, HIDDEN, type StreamState, streamStart } from "./secretStream.ts";
import type { Span } from "./textScan.ts";

/** Length in characters above which the paced face yields between slices. */
const SLICE = 128 * 1024;
/** Length in characters above which results are cached: a run repeats its output up to four times. */
const LONG = 1000;
/** Length in characters behind a truncation that is examined as well: a secret is recognized by its first characters. */
const MARGIN = 5000;
/** Minimum length in characters of a text that may contain a secret, unless a pattern matches it. */
const SHORTEST = 6;
/** Number of secrets that are known besides those of the options; the oldest one makes room. */
const MAX_HIDDEN = 100;
/** Minimum length in characters of a secret that is no word: some servers of models take any key. */
const SHORTEST_HIDDEN = 12;
/** Length of the beginning of a known secret that is withheld at the end of a chunk. */
const KNOWN_PREFIX = 8;

/** Patterns of the user. */
export interface SecretPatterns {
  /** Maximum length of a match, in characters. */
  readonly maxLength: number;
  find(text: string): readonly Span[];
}

export interface RedactorOptions {
  /** Returns secrets that are known exactly, such as the token. */
  readonly secrets?: () => readonly string[];
  readonly patterns?: SecretPatterns | undefined;
}

/**
 * Replaces secrets by `(hidden)`: known ones, text in the format of a key, values with a telling name, and what the
 * patterns of the user match. Prefers false positives. The history, the exports, the audit log, the log and the metrics
 * share one redactor; it may be reconfigured while it is in use.
 */
export class Redactor {
  #options: RedactorOptions;
  readonly #hidden = new Set<string>();
  #revision = 0;

  constructor(options: RedactorOptions = {}) {
    this.#options = options;
  }

  /** Increases when further texts may be secrets, besides what `RedactorOptions.secrets` returns. */
  get revision(): number {
    return this.#revision;
  }

  /** Replaces the options that are given. */
  configure(options: RedactorOptions): void {
    this.#revision += 1;
    this.#options = { ...this.#options, ...options };
  }

  /** Adds a secret that is known exactly, such as the key of a model. One that is short enough for a word is ignored. */
  hide(secret: string): void {
    if (secret.length < SHORTEST_HIDDEN) return;
    if (!this.#hidden.delete(secret)) this.#revision += 1;
    this.#hidden.add(secret);
    const [oldest] = this.#hidden;
    if (this.#hidden.size > MAX_HIDDEN && oldest !== undefined) this.#hidden.delete(oldest);
  }

  /** Finds the secrets of a text, in any order. Secrets may overlap. */
  readonly find = (text: string): readonly Finding[] => {
    const findings = findSecrets(text);
    const { secrets, patterns } = this.#options;
    for (const secret of [...(secrets?.() ?? []), ...this.#hidden]) {
      if (secret !== "" && text.includes(secret.slice(0, KNOWN_PREFIX))) findings.push(...occurrencesOf(secret, text));
    }
    if (patterns !== undefined) {
      for (const [start, end] of patterns.find(text)) findings.push({ kind: "secret", start, end });
      // What a pattern matches may depend on the rest of the line.
      const line = Math.max(text.lastIndexOf("\n") + 1, text.length - patterns.maxLength);
      if (line < text.length) findings.push({ kind: "open", start: line });
    }
    return findings;
  };

  /** Returns a text without secrets, or the same string. For texts of up to about a million characters. */
  readonly text = (text: string): string => this.#mask(text, "end");

  /**
   * Returns the beginning of a text without secrets, for a caller that truncates it.
   * @param length number of characters of the text that are enough
   */
  head(text: string, length: number): string {
    if (text.length <= length + MARGIN) return this.#mask(text, "end");
    return this.#mask(text.slice(0, length + MARGIN), "cut");
  }

  /** Returns a JSON value without secrets, or the same value. For values of up to about a million characters. */
  readonly value = (value: unknown): unknown => {
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      const items: readonly unknown[] = value;
      const masked = items.map(this.value);
      return masked.some((item, at) => item !== items[at]) ? masked : value;
    }
    return this.#fields(value);
  };

  /**
   * Returns a copy of a JSON value of any size without secrets. Yields to the event loop between slices.
   * @param value is not modified
   */
  copy(value: unknown): Promise<unknown> {
    return new PacedCopy(this).copy(value);
  }

  #fields(value: object): object {
    let isMasked = false;
    const fields = Object.entries(value).map(([name, field]: [string, unknown]) => {
      const shown: [string, unknown] = [this.text(name), hasSecretName(name, field) ? HIDDEN : this.value(field)];
      isMasked ||= shown[0] !== name || shown[1] !== field;
      return shown;
    });
    return isMasked ? Object.fromEntries(fields) : value;
  }

  #mask(text: string, then: "end" | "cut"): string {
    if (text.length < SHORTEST && this.#options.patterns === undefined) return text;
    const findings = this.find(text);
    if (findings.length === 0) return text;
    const shown = appendToStream(streamStart, text, () => findings, then).text;
    return shown === text ? text : shown;
  }
}

class PacedCopy {
  readonly #redactor: Redactor;
  readonly #pace = new Pace();
  readonly #done = new Map<string, string>();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  async copy(value: unknown): Promise<unknown> {
    if (typeof value === "string") return this.#text(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      const items: unknown[] = [];
      for (const item of value) items.push(await this.copy(item));
      return items;
    }
    const fields: [string, unknown][] = [];
    for (const [name, field] of Object.entries(value)) {
      fields.push([await this.#text(name), hasSecretName(name, field) ? HIDDEN : await this.copy(field)]);
    }
    return Object.fromEntries(fields);
  }

  async #text(text: string): Promise<string> {
    await this.#pace.pause();
    const done = this.#done.get(text);
    if (done !== undefined) return done;
    const shown = text.length <= SLICE ? this.#redactor.text(text) : await this.#slices(text);
    if (text.length > LONG) this.#done.set(text, shown);
    return shown;
  }

  async #slices(text: string): Promise<string> {
    const parts: string[] = [];
    let state: StreamState = streamStart;
    for (let at = 0; at < text.length; at += SLICE) {
      const then = at + SLICE < text.length ? "more" : "end";
      const step = appendToStream(state, text.slice(at, at + SLICE), this.#redactor.find, then);
      parts.push(step.text);
      ({ state } = step);
      await this.#pace.pause();
    }
    return parts.join("");
  }
}

function hasSecretName(name: string, field: unknown): boolean {
  return typeof field === "string" && field !== "" && isSecretName(name);
}

/** Finds all occurrences of a known text, and its beginning at the end of the text. */
function* occurrencesOf(known: string, text: string): Generator<Finding> {
  for (let start = text.indexOf(known); start >= 0; start = text.indexOf(known, start + known.length))
    yield { kind: "secret", start, end: start + known.length };
  const start = text.lastIndexOf(known.slice(0, KNOWN_PREFIX));
  if (start >= 0 && text.length - start < known.length && known.startsWith(text.slice(start))) {
    yield { kind: "open", start };
  }
}
