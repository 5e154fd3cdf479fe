import { startDeadline, within } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";

/** Between two questions to the host, and how long it may take to answer one, in milliseconds. */
const EVERY_MS = 3000;
const DEADLINE_MS = 8000;

export interface HeartbeatOptions {
  readonly everyMs?: number;
  readonly deadlineMs?: number;
}

/** Asks the host again and again whether it is there, and tells when that changes. A host that has not been asked is there. */
export class Heartbeat implements Disposable {
  readonly #store = new DisposableStore();
  readonly #ask: () => PromiseLike<unknown>;
  readonly #everyMs: number;
  readonly #deadlineMs: number;
  readonly #changed = this.#store.add(new Emitter<boolean>());
  readonly onDidChange = this.#changed.event;
  #isAlive = true;
  #aliveAt = Date.now();
  #next: Disposable | undefined;
  #isDisposed = false;

  constructor(
    ask: () => PromiseLike<unknown>,
    { everyMs = EVERY_MS, deadlineMs = DEADLINE_MS }: HeartbeatOptions = {},
  ) {
    this.#ask = ask;
    this.#everyMs = everyMs;
    this.#deadlineMs = deadlineMs;
    this.#store.defer(() => this.#next?.dispose());
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** When the host was last known to be there, as `Date.now()` counts. */
  get aliveAt(): number {
    return this.#aliveAt;
  }

  start(): void {
    this.#next ??= startDeadline(this.#everyMs, () => void this.#beat());
  }

  dispose(): Promise<void> {
    this.#isDisposed = true;
    return this.#store.dispose();
  }

  async #beat(): Promise<void> {
    const askedAt = Date.now();
    // An error is an answer, too.
    const answer = Promise.resolve(this.#ask()).then(
      () => true,
      () => true,
    );
    const isAlive = await within(answer, this.#deadlineMs, false);
    if (this.#isDisposed) return;
    this.#next = undefined;
    this.start();
    if (isAlive) this.#aliveAt = askedAt;
    if (isAlive === this.#isAlive) return;
    this.#isAlive = isAlive;
    this.#changed.fire(isAlive);
  }
}
