import type { BridgeEvent } from "../wireTypes.ts";

/** Maximum number and length in characters of the events that wait for their reader. */
const MAX_EVENTS = 1000;
const MAX_LENGTH = 1024 * 1024;
/** The members of every event. */
const FIXED_LENGTH = 200;

interface Reader {
  readonly resolve: (event: BridgeEvent | undefined) => void;
  readonly reject: (error: unknown) => void;
}

type BufferState =
  | { readonly kind: "open" }
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: unknown };

/** Events that wait for their one reader. */
export class EventBuffer {
  #events: { readonly event: BridgeEvent; readonly length: number }[] = [];
  #length = 0;
  #state: BufferState = { kind: "open" };
  #reader: Reader | undefined;
  readonly #onEmpty: () => void;

  /** @param onEmpty called whenever the reader has taken everything */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  get isFull(): boolean {
    return this.#events.length >= MAX_EVENTS || this.#length >= MAX_LENGTH;
  }

  push(event: BridgeEvent): void {
    const reader = this.#takeReader();
    if (reader !== undefined) return reader.resolve(event);
    const length = lengthOf(event);
    this.#events.push({ event, length });
    this.#length += length;
  }

  /** Ends the events after those that wait. */
  end(): void {
    this.#state = { kind: "ended" };
    this.#takeReader()?.resolve(undefined);
  }

  /** The same with an error. */
  fail(error: unknown): void {
    this.#state = { kind: "failed", error };
    this.#takeReader()?.reject(error);
  }

  clear(): void {
    this.#events = [];
    this.#length = 0;
  }

  /** Resolves with the next event; undefined after the last. @throws the error after the last */
  next(): Promise<BridgeEvent | undefined> {
    const first = this.#events.shift();
    if (first !== undefined) {
      this.#length -= first.length;
      if (this.#events.length === 0) this.#onEmpty();
      return Promise.resolve(first.event);
    }
    if (this.#state.kind === "ended") return Promise.resolve(undefined);
    if (this.#state.kind === "failed") return Promise.reject(this.#state.error);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  #takeReader(): Reader | undefined {
    const reader = this.#reader;
    this.#reader = undefined;
    return reader;
  }
}

function lengthOf(event: BridgeEvent): number {
  let length = FIXED_LENGTH;
  for (const value of Object.values(event) as readonly unknown[]) {
    if (typeof value === "string") length += value.length;
    else if (typeof value === "object") length += JSON.stringify(value).length;
  }
  return length;
}
