import type { Tally } from "./tally.ts";

/** Checks one reader's events: each id follows the last, or the gap between them was announced as `events-lost`. */
export class EventOrder {
  readonly #name: string;
  readonly #tally: Tally;
  #last: number | undefined;

  constructor(name: string, tally: Tally) {
    this.#name = name;
    this.#tally = tally;
  }

  take(text: string): void {
    const { type, eventId, from, to, lastEventId }: Record<string, unknown> = JSON.parse(text);
    if (typeof eventId !== "number") return; // A reply.
    if (type === "connection-ready") this.#last = Number(lastEventId);
    else if (type === "events-lost") this.#skip(Number(from), Number(to));
    else this.#follow(eventId);
  }

  #follow(eventId: number): void {
    this.#tally.add(`${this.#name}: events`);
    if (this.#last !== undefined && eventId !== this.#last + 1)
      this.#tally.violate(`${this.#name}: event ${eventId} came behind ${this.#last}, and nobody said so`);
    this.#last = eventId;
  }

  #skip(from: number, to: number): void {
    this.#tally.add(`${this.#name}: announced losses`);
    if (this.#last !== undefined && from !== this.#last + 1)
      this.#tally.violate(`${this.#name}: events from ${from} on were announced as lost behind ${this.#last}`);
    this.#last = to;
  }
}
