import { abortable } from "../../../base/deadline.ts";
import type { Piece, ToolUse } from "../turn.ts";

export type LastPiece = Extract<Piece, { type: "end" | "failed" }>;

/** Texts up to this length together, in characters, become one piece, so that a reader who is behind gets it in steps. */
const MAX_JOINED = 64 * 1024;

/** The pieces of one response, in order. Any number of readers read them, each from the first one on. */
export class Segment {
  #pieces: Piece[] = [];
  /** Number of pieces that a reader has taken, which cannot be changed any more. */
  #taken = 0;
  #length = 0;
  #last: LastPiece | undefined;
  #changed = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<LastPiece>();

  /** Number of characters of the text, the activity and the calls. */
  get length(): number {
    return this.#length;
  }

  get last(): LastPiece | undefined {
    return this.#last;
  }

  /** Resolves with the last piece. Never rejects. */
  get ended(): Promise<LastPiece> {
    return this.#ended.promise;
  }

  /** The text of the response so far. */
  get text(): string {
    return this.#pieces.map((piece) => (piece.type === "text" ? piece.text : "")).join("");
  }

  /** Adds a piece, unless the response has ended. Short adjacent texts become one until they are read. */
  add(piece: Piece): void {
    if (this.#last !== undefined) return;
    if (piece.type === "text" || piece.type === "activity") this.#addText(piece);
    else this.#pieces.push(piece);
    if (piece.type === "calls") this.#length += lengthOf(piece.calls);
    if (piece.type === "end" || piece.type === "failed") {
      this.#last = piece;
      // For later readers, and for as long as the response is kept. The others go on with their own list.
      this.#pieces = merged(this.#pieces);
      this.#ended.resolve(piece);
    }
    this.#tell();
  }

  /** Removes text from the end, as far as nobody has read it. @returns the number of characters that were removed */
  retract(length: number): number {
    let rest = length;
    while (rest > 0 && this.#last === undefined) {
      const piece = this.#unread();
      if (piece?.type !== "text") break;
      this.#pieces.pop();
      if (piece.text.length > rest) this.#pieces.push({ type: "text", text: piece.text.slice(0, -rest) });
      rest -= Math.min(rest, piece.text.length);
    }
    this.#length -= length - rest;
    return length - rest;
  }

  /** Forgets everything but the last piece, to save memory. Only for a response that has ended. */
  shorten(): void {
    if (this.#last === undefined) return;
    this.#pieces = [this.#last];
    this.#length = 0;
  }

  /** See `TurnResponse.pieces`. */
  async *pieces(signal: AbortSignal, isWhole = false): AsyncGenerator<Piece, void, undefined> {
    if (isWhole) await abortable(this.#ended.promise, signal);
    const pieces = this.#pieces;
    for (let at = 0; ; at++) {
      while (at >= pieces.length) {
        if (this.#last !== undefined) return;
        await abortable(this.#changed.promise, signal);
      }
      signal.throwIfAborted();
      const piece = pieces[at];
      this.#taken = Math.max(this.#taken, at + 1);
      if (piece !== undefined) yield piece;
    }
  }

  #addText(piece: Extract<Piece, { type: "text" | "activity" }>): void {
    if (piece.text === "") return;
    const before = this.#unread();
    this.#length += piece.text.length;
    if (before?.type !== piece.type || before.text.length + piece.text.length > MAX_JOINED) this.#pieces.push(piece);
    else this.#pieces[this.#pieces.length - 1] = { type: piece.type, text: before.text + piece.text };
  }

  /** Returns the newest piece if no reader has taken it. */
  #unread(): Piece | undefined {
    return this.#pieces.length > this.#taken ? this.#pieces.at(-1) : undefined;
  }

  #tell(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }
}

function lengthOf(calls: readonly ToolUse[]): number {
  return calls.reduce((total, call) => total + call.name.length + call.arguments.length, 0);
}

/** Joins short adjacent texts, which may have come in very many pieces. */
function merged(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  let run: { readonly type: "text" | "activity"; readonly texts: string[]; length: number } | undefined;
  const flush = (): void => {
    if (run !== undefined) result.push({ type: run.type, text: run.texts.join("") });
    run = undefined;
  };
  for (const piece of pieces) {
    if (piece.type !== "text" && piece.type !== "activity") {
      flush();
      result.push(piece);
      continue;
    }
    if (run?.type !== piece.type || run.length + piece.text.length > MAX_JOINED) flush();
    run ??= { type: piece.type, texts: [], length: 0 };
    run.texts.push(piece.text);
    run.length += piece.text.length;
  }
  flush();
  return result;
}
