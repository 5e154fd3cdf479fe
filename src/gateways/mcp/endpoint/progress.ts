import type { ServerContext } from "@modelcontextprotocol/server";
import type { Clock } from "../../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../../base/disposables.ts";

/** Interval in milliseconds: clients give up a call after a minute of silence. */
const PROGRESS_MS = 5000;

/** The progress of one call, for the client that has asked for it with a `progressToken`. */
export class CallProgress implements Disposable {
  readonly #context: ServerContext;
  readonly #clock: Clock;
  readonly #token: string | number | undefined;
  readonly #store = new DisposableStore();
  #timer: Disposable | undefined;
  #count = 0;

  /** Reports every 5 s that the call goes on, and each step that `report` gets. */
  constructor(context: ServerContext, clock: Clock) {
    this.#context = context;
    this.#clock = clock;
    this.#token = context.mcpReq._meta?.progressToken;
    this.#store.defer(() => this.#timer?.dispose());
    if (this.#token !== undefined) this.#wait();
  }

  get isWanted(): boolean {
    return this.#token !== undefined;
  }

  /** Reports a step now. */
  report(message?: string): void {
    if (this.#token === undefined || this.#context.mcpReq.signal.aborted) return;
    const params = {
      progressToken: this.#token,
      progress: ++this.#count,
      ...(message !== undefined && { message }),
    };
    // A client that has left gets none.
    this.#context.mcpReq.notify({ method: "notifications/progress", params }).catch(() => undefined);
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #wait(): void {
    this.#timer = this.#clock.after(PROGRESS_MS, () => {
      this.report();
      this.#wait();
    });
  }
}
