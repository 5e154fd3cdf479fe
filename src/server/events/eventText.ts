import { LARGE, ownTurn } from "../../base/ownTurn.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import { textFrame } from "./textFrame.ts";

interface Spelled {
  readonly event: unknown;
  readonly text: string;
  frame?: Buffer;
}

/**
 * Serializes events. Each event is sent to all readers before the next one, so caching the last text suffices: a
 * hundred readers cost one `JSON.stringify`. Readers of a large event receive it in turns of their own; its text is
 * cached until then.
 */
export class EventText {
  #last: Spelled | undefined;
  #large: Spelled | undefined;

  text(event: unknown): string {
    return this.#spelled(event).text;
  }

  /** Returns the event as a WebSocket frame. */
  frame(event: BridgeEvent): Buffer {
    const spelled = this.#spelled(event);
    return (spelled.frame ??= textFrame(spelled.text));
  }

  #spelled(event: unknown): Spelled {
    const last = this.#last;
    if (last?.event === event && last !== undefined) return last;
    const large = this.#large;
    if (large?.event === event && large !== undefined) return large;
    const spelled: Spelled = { event, text: JSON.stringify(event) };
    if (spelled.text.length <= LARGE) this.#last = spelled;
    else this.#keep(spelled);
    return spelled;
  }

  #keep(spelled: Spelled): void {
    this.#large = spelled;
    void ownTurn().then(() => {
      if (this.#large === spelled) this.#large = undefined;
    });
  }
}
