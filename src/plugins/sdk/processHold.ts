import { MAX_TIMER_MS } from "../../base/deadline.ts";
import { type Disposable, toDisposable } from "../../base/disposables.ts";

/** Keeps the process alive while something waits for messages. Sockets and other timers of the SDK do not. */
export class ProcessHold {
  #count = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  enter(): Disposable {
    this.#count++;
    this.#timer ??= setInterval(() => undefined, MAX_TIMER_MS);
    return toDisposable(() => {
      if (--this.#count > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }
}
