import { startDeadline, within } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";

/** The interval between two checks of the host, and the deadline of each, in milliseconds. */
const EVERY_MS = 3000;
const DEADLINE_MS = 8000;

export interface HeartbeatOptions {
  readonly everyMs?: number;
  readonly deadlineMs?: number;
}

/** Checks periodically whether the host answers, and fires when that changes. Assumes at first that it does. */
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

  /** The time of the last successful check, as in `Date.now()`. */
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
    // An error is an answer as well.
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
