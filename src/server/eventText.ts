import type { BridgeEvent } from "../protocol/events.ts";

/**
 * Spells events for the wire. Each goes to all its readers before the next one comes, so that the last text is all that
 * needs to be kept: a hundred readers cost one `JSON.stringify`.
 */
export class EventText {
  #event: unknown;
  #text = "";
  #bytes: Buffer | undefined;

  text(event: unknown): string {
    if (event !== this.#event) {
      this.#event = event;
      this.#text = JSON.stringify(event);
      this.#bytes = undefined;
    }
    return this.#text;
  }

  /** In UTF-8. */
  bytes(event: BridgeEvent): Buffer {
    const text = this.text(event);
    this.#bytes ??= Buffer.from(text);
    return this.#bytes;
  }
}
