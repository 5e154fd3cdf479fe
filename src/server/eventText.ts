import type { BridgeEvent } from "../protocol/events.ts";
import { textFrame } from "./textFrame.ts";

/**
 * Spells events for the wire. Each goes to all its readers before the next one comes, so that the last text is all that
 * needs to be kept: a hundred readers cost one `JSON.stringify`.
 */
export class EventText {
  #event: unknown;
  #text = "";
  #frame: Buffer | undefined;

  text(event: unknown): string {
    if (event !== this.#event) {
      this.#event = event;
      this.#text = JSON.stringify(event);
      this.#frame = undefined;
    }
    return this.#text;
  }

  /** As a message over a WebSocket. */
  frame(event: BridgeEvent): Buffer {
    const text = this.text(event);
    return (this.#frame ??= textFrame(text));
  }
}
