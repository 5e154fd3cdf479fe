import { abortable } from "../../../base/deadline.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { bridgeStopping } from "../../../protocol/unavailable.ts";
import type { Credentials } from "../wire.ts";

/** Time in milliseconds during which a key that was rejected twice is not fetched again. */
const REJECTED_COOLDOWN_MS = 10_000;

export interface FetchedKey {
  readonly key: string;
  /** Time in milliseconds after which it is fetched again. Default: when it is rejected. */
  readonly usableMs?: number;
}

export interface CachedKeyOptions {
  /** Has a deadline of its own. @param signal aborts when nobody needs the key any more */
  readonly read: (signal: AbortSignal) => Promise<FetchedKey>;
  /** Called with each key before it is used. */
  readonly hide: (secret: string) => void;
  /** Calls back when the key has changed. */
  readonly onDidChange?: (listener: () => void) => Disposable;
}

/** Keeps a key while it is usable. All who wait for it share one fetch, which goes on if some of them give up. */
export class CachedKey implements Credentials, Disposable {
  readonly #options: CachedKeyOptions;
  readonly #listening: Disposable | undefined;
  readonly #end = new AbortController();
  #kept: { readonly key: string; readonly until: number } | undefined;
  #reading: Promise<string> | undefined;
  /** The key that was the same after its rejection. */
  #rejected: { readonly key: string; readonly until: number } | undefined;

  constructor(options: CachedKeyOptions) {
    this.#options = options;
    this.#listening = options.onDidChange?.(() => this.#forget());
  }

  async key(signal: AbortSignal, rejected?: string): Promise<string> {
    const needed = AbortSignal.any([signal, this.#end.signal]);
    needed.throwIfAborted();
    const isStale = rejected !== undefined && rejected === this.#kept?.key && !this.#isRejected(rejected);
    if (isStale) this.#kept = undefined;
    if (this.#kept !== undefined && performance.now() < this.#kept.until) return this.#kept.key;
    const key = await abortable((this.#reading ??= this.#read()), needed);
    if (isStale && key === rejected) this.#rejected = { key, until: performance.now() + REJECTED_COOLDOWN_MS };
    return key;
  }

  dispose(): void {
    void this.#listening?.dispose();
    this.#end.abort(bridgeStopping());
    this.#forget();
  }

  #read(): Promise<string> {
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

  async #readKey(): Promise<FetchedKey> {
    const read = await this.#options.read(this.#end.signal);
    this.#options.hide(read.key);
    return read;
  }

  #isRejected(key: string): boolean {
    return this.#rejected?.key === key && performance.now() < this.#rejected.until;
  }

  #forget(): void {
    this.#kept = undefined;
    this.#rejected = undefined;
    this.#reading = undefined;
  }
}
