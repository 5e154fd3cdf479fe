import type { BridgeEvent } from "../client/wireTypes.ts";
import { messageOf } from "../protocol/errors.ts";

/** The connection as the user sees it. */
export type LiveState =
  | { readonly kind: "off" }
  | { readonly kind: "on" }
  | { readonly kind: "failed"; readonly message: string };

export interface LiveEventsDeps {
  readonly open: (signal: AbortSignal) => AsyncIterable<BridgeEvent>;
  readonly onEvent: (event: BridgeEvent) => void;
  readonly onState: (state: LiveState) => void;
}

/** Follows the events between a start and a stop; the SDK resumes them after interruptions. */
export class LiveEvents {
  readonly #deps: LiveEventsDeps;
  #running: AbortController | undefined;

  constructor(deps: LiveEventsDeps) {
    this.#deps = deps;
  }

  /** Starts, or stops what was started. */
  toggle(): void {
    if (this.#running === undefined) void this.#follow();
    else this.#running.abort();
  }

  async #follow(): Promise<void> {
    const running = new AbortController();
    const { open, onEvent, onState } = this.#deps;
    this.#running = running;
    onState({ kind: "on" });
    try {
      for await (const event of open(running.signal)) onEvent(event);
      onState({ kind: "off" });
    } catch (error) {
      onState(running.signal.aborted ? { kind: "off" } : { kind: "failed", message: messageOf(error) });
    } finally {
      this.#running = undefined;
    }
  }
}
