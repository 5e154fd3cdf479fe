import { LARGE, ownTurn } from "../../base/ownTurn.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import { textFrame } from "./textFrame.ts";

interface Spelled {
  readonly event: unknown;
  readonly text: string;
  frame?: Buffer;
}

/**
 * Spells events for the wire. Each goes to all its readers before the next one comes, so that the last text is all that
 * needs to be kept: a hundred readers cost one `JSON.stringify`. The readers of a large event get it in turns of their own,
 * with others in between: its text is kept until those turns are over.
 */
export class EventText {
  #last: Spelled | undefined;
  #large: Spelled | undefined;

  text(event: unknown): string {
    return this.#spelled(event).text;
  }

  /** As a message over a WebSocket. */
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
