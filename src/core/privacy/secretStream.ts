import { isUnspaced, endOfRun } from "./charClasses.ts";
import { type Finding, MAX_OPEN, type Rest } from "./finding.ts";

/** Replaces a secret. */
export const HIDDEN = "(hidden)";

/** Length of the text in front of a chunk that is examined with it: the name of a value, the ID of a key. */
const CONTEXT = 300;
/** Length of the raw text that is kept for the context after a retraction. */
const KEPT = 4096;

/** Finds the secrets of a text, in any order. */
export type FindAll = (text: string) => readonly Finding[];

/** A secret that was replaced. */
interface Replaced {
  /** Position in the raw text. */
  readonly start: number;
  readonly raw: string;
  /** Position after the replacement in the masked text. */
  readonly shownEnd: number;
  readonly previous: Replaced | undefined;
}

/** The state of a stream between two chunks. */
export interface StreamState {
  /** Length of the raw text whose masked form was returned. */
  readonly consumed: number;
  /** Length of the masked text that was returned. */
  readonly shown: number;
  /** The end of the raw text that was consumed. */
  readonly past: string;
  /** Text behind it that is withheld, because the next chunk decides about it. */
  readonly held: string;
  /** Set within a secret. */
  readonly rest: Rest | undefined;
  /** The last secret that was replaced. */
  readonly replaced: Replaced | undefined;
}

export const streamStart: StreamState = {
  consumed: 0,
  shown: 0,
  past: "",
  held: "",
  rest: undefined,
  replaced: undefined,
};

export type Then = "more" | "end" | "cut";

/** A step of a stream: its next state, and the masked text that is certain now. */
export interface StreamStep {
  readonly state: StreamState;
  readonly text: string;
}

/**
 * Masks a stream of text in which a secret may be split over chunks. Withholds the least text, at most `MAX_OPEN`
 * characters: from the beginning of what becomes a secret if it continues. Longer undecided text counts as a secret.
 * States are never modified, so that a step can be repeated with another chunk.
 * @param then the text behind the chunk: with `end`, undecided text is no secret; with `cut`, it counts as one
 */
export function appendToStream(state: StreamState, chunk: string, find: FindAll, then: Then = "more"): StreamStep {
  const before = state.past.slice(-CONTEXT);
  const text = before + state.held + chunk;
  const writer = new StreamWriter(state, text, before.length);
  if (state.rest !== undefined) writer.continueSecret(state.rest);
  if (!writer.isAtEnd) writer.take(find(text), then);
  return writer.step();
}

/**
 * Removes the last characters of the raw text.
 * @returns `retracted`: the number of characters to remove from the masked text
 */
export function retractFromStream(
  state: StreamState,
  length: number,
): { readonly state: StreamState; readonly retracted: number } {
  const fromHeld = Math.min(length, state.held.length);
  const held = state.held.slice(0, state.held.length - fromHeld);
  const target = Math.max(0, state.consumed - (length - fromHeld));
  if (target === state.consumed) return { state: { ...state, held }, retracted: 0 };
  const past = state.past.slice(0, Math.max(0, state.past.length - (state.consumed - target)));
  let last = state.replaced;
  while (last !== undefined && last.start >= target) last = last.previous;
  if (last === undefined || last.start + last.raw.length <= target) {
    const shown = last === undefined ? target : last.shownEnd + target - last.start - last.raw.length;
    const next = { consumed: target, shown, past, held: "", rest: undefined, replaced: last };
    return { state: next, retracted: state.shown - shown };
  }
  // Within a secret: its beginning is undecided again.
  const part = last.raw.slice(0, target - last.start);
  const shown = last.shownEnd - HIDDEN.length;
  const next = {
    consumed: last.start,
    shown,
    past: past.slice(0, Math.max(0, past.length - part.length)),
    held: part,
    rest: undefined,
    replaced: last.previous,
  };
  return { state: next, retracted: state.shown - shown };
}

/** Writes the masked form of one chunk. */
class StreamWriter {
  readonly #before: StreamState;
  readonly #text: string;
  readonly #base: number;
  readonly #parts: string[] = [];
  #position: number;
  #shown: number;
  #replaced: Replaced | undefined;
  #rest: Rest | undefined;
  #end: number;

  constructor(before: StreamState, text: string, base: number) {
    this.#before = before;
    this.#text = text;
    this.#base = base;
    this.#position = base;
    this.#shown = before.shown;
    this.#replaced = before.replaced;
    this.#end = text.length;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#text.length;
  }

  /** Removes the continuation of a secret whose replacement was written before. */
  continueSecret(rest: Rest): void {
    const end = rest(this.#text, this.#base);
    if (end > this.#base) this.#replace(end, "");
    if (end >= this.#text.length) this.#rest = rest;
  }

  take(findings: readonly Finding[], then: Then): void {
    const length = this.#text.length;
    let open = length;
    const secrets: (Finding & { readonly kind: "secret" })[] = [];
    for (const finding of findings) {
      if (finding.kind === "secret") secrets.push(finding);
      else if (then === "cut" || (then === "more" && length - finding.start > MAX_OPEN))
        secrets.push({ ...finding, kind: "secret", end: length, rest: restOfOpen });
      else if (then === "more") open = Math.min(open, finding.start);
    }
    for (const { start, end, rest } of secrets.toSorted((a, b) => a.start - b.start)) {
      if (end <= this.#position || start >= Math.max(open, this.#position)) continue;
      if (start >= this.#position) {
        this.#keepUntil(start);
        this.#replace(end, HIDDEN);
      } else this.#replace(end, this.#isBehindSecret ? "" : HIDDEN);
      if (end === length && rest !== undefined) this.#rest = rest;
    }
    this.#end = Math.max(open, this.#position);
    this.#keepUntil(this.#end);
  }

  step(): StreamStep {
    const { consumed, past } = this.#before;
    const read = past.slice(0, Math.max(0, past.length - this.#base)) + this.#text.slice(0, this.#end);
    const state: StreamState = {
      consumed: consumed + this.#end - this.#base,
      shown: this.#shown,
      past: read.length > KEPT ? read.slice(-KEPT) : read,
      held: this.#text.slice(this.#end),
      rest: this.#rest,
      replaced: this.#replaced,
    };
    return { state, text: this.#parts.length === 1 ? (this.#parts[0] ?? "") : this.#parts.join("") };
  }

  /** True if the text in front of the position was replaced. */
  get #isBehindSecret(): boolean {
    const last = this.#replaced;
    return last !== undefined && last.start + last.raw.length === this.#before.consumed + this.#position - this.#base;
  }

  #keepUntil(end: number): void {
    if (end <= this.#position) return;
    this.#parts.push(this.#text.slice(this.#position, end));
    this.#shown += end - this.#position;
    this.#position = end;
  }

  /** @param replacement empty to continue the one before it */
  #replace(end: number, replacement: string): void {
    const raw = this.#text.slice(this.#position, end);
    const start = this.#before.consumed + this.#position - this.#base;
    this.#shown += replacement.length;
    if (replacement !== "") this.#parts.push(replacement);
    const last = this.#replaced;
    this.#replaced =
      replacement === "" && last !== undefined
        ? { ...last, raw: last.raw + raw }
        : { start, raw, shownEnd: this.#shown, previous: last };
    this.#position = end;
  }
}

const restOfOpen: Rest = (text, from) => endOfRun(text, from, isUnspaced);
