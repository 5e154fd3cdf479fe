import { abortable } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import { bridgeStopping } from "../../protocol/unavailable.ts";

/** Time in milliseconds during which a key that was rejected twice is not fetched again. */
const REJECTED_COOLDOWN_MS = 10_000;

export interface FetchedKey<Key = string> {
  readonly key: Key;
  /** Time in milliseconds after which it is fetched again. Default: when it is rejected. */
  readonly usableMs?: number;
}

/** The way to a key, of one part or several, or to a fresh one after it has been rejected. */
export interface KeySource<Key = string> extends Disposable {
  /**
   * @param rejected the key that has been rejected, so that another one is wanted
   * @returns the rejected key itself if there is no other one
   */
  key(signal: AbortSignal, rejected?: Key): Promise<Key>;
}

export interface CachedKeyOptions<Key = string> {
  /** Has a deadline of its own. @param signal aborts when nobody needs the key any more */
  readonly read: (signal: AbortSignal) => Promise<FetchedKey<Key>>;
  /** Called with each key before it is used. */
  readonly hide: (secret: Key) => void;
  /** Compares keys that are not strings. */
  readonly isSame?: (a: Key, b: Key) => boolean;
  /** Calls back when the key has changed. */
  readonly onDidChange?: (listener: () => void) => Disposable;
}

/** Keeps a key while it is usable. All who wait for it share one fetch, which goes on if some of them give up. */
export class CachedKey<Key = string> implements KeySource<Key> {
  readonly #options: CachedKeyOptions<Key>;
  readonly #isSame: (a: Key, b: Key) => boolean;
  readonly #listening: Disposable | undefined;
  readonly #end = new AbortController();
  #kept: { readonly key: Key; readonly until: number } | undefined;
  #reading: Promise<Key> | undefined;
  /** The key that was the same after its rejection. */
  #rejected: { readonly key: Key; readonly until: number } | undefined;

  constructor(options: CachedKeyOptions<Key>) {
    this.#options = options;
    this.#isSame = options.isSame ?? Object.is;
    this.#listening = options.onDidChange?.(() => this.#forget());
  }

  async key(signal: AbortSignal, rejected?: Key): Promise<Key> {
    const needed = AbortSignal.any([signal, this.#end.signal]);
    needed.throwIfAborted();
    const kept = this.#kept?.key;
    const isStale = this.#equal(rejected, kept) && !this.#equal(rejected, this.#rejectedKey());
    if (isStale) this.#kept = undefined;
    if (this.#kept !== undefined && performance.now() < this.#kept.until) return this.#kept.key;
    const key = await abortable((this.#reading ??= this.#read()), needed);
    if (!isStale || !this.#equal(key, rejected)) return key;
    this.#rejected = { key, until: performance.now() + REJECTED_COOLDOWN_MS };
    return rejected ?? key;
  }

  dispose(): void {
    void this.#listening?.dispose();
    this.#end.abort(bridgeStopping());
    this.#forget();
  }

  #read(): Promise<Key> {
    const reading = this.#readKey().then(({ key, usableMs = Infinity }) => {
      // Not if it has changed in the meantime.
      if (this.#reading === reading) this.#kept = { key, until: performance.now() + usableMs };
      return key;
    });
    const done = (): void => {
      if (this.#reading === reading) this.#reading = undefined;
    };
    reading.then(done, done);
    return reading;
  }

  async #readKey(): Promise<FetchedKey<Key>> {
    const read = await this.#options.read(this.#end.signal);
    this.#options.hide(read.key);
    return read;
  }

  #rejectedKey(): Key | undefined {
    return this.#rejected !== undefined && performance.now() < this.#rejected.until ? this.#rejected.key : undefined;
  }

  #equal(a: Key | undefined, b: Key | undefined): boolean {
    return a !== undefined && b !== undefined && this.#isSame(a, b);
  }

  #forget(): void {
    this.#kept = undefined;
    this.#rejected = undefined;
    this.#reading = undefined;
  }
}
