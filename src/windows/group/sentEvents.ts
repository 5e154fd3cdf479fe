import type { EventSink } from "../../channel/eventFeed.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import type { Link } from "../link/link.ts";
import type { LinkEvent } from "./receivedEvents.ts";

/** Maximum length of events that the owner has not confirmed, in characters. */
const MAX_UNCONFIRMED = 1024 * 1024;
/** Length of the events of one message, in characters. A longer event is sent in parts of this length. */
const MESSAGE_LENGTH = 256 * 1024;
/** Approximate length of an event without its text, in characters. */
const EMPTY = 200;

interface Unconfirmed {
  readonly windowEventId: number;
  readonly length: number;
}

interface Waiting {
  readonly windowEventId: number;
  readonly resolve: () => void;
}

/**
 * Sends the events of a member over its link, in batches. Applies backpressure: is behind while the owner has not
 * confirmed 1 Mi characters, or does not read.
 */
export class SentEvents implements EventSink {
  readonly #link: Link;
  readonly #lengthOf: (event: BridgeEvent) => number;
  readonly #onLost: (to: number) => void;
  readonly #unconfirmed: Unconfirmed[] = [];
  #unconfirmedLength = 0;
  #batch: LinkEvent[] = [];
  #batchLength = 0;
  /** The rest of an event that is sent in parts. */
  #parts: string[] = [];
  /** The event of those parts. */
  #partsOf = 0;
  /** The last event that is on its way, or that the owner was told to be lost. */
  #lastSent = 0;
  #waiting: Waiting[] = [];
  #onceDrained: (() => void)[] = [];

  /** @param onLost called when events up to this one were reported as lost */
  constructor(link: Link, lengthOf: (event: BridgeEvent) => number, onLost: (to: number) => void) {
    this.#link = link;
    this.#lengthOf = lengthOf;
    this.#onLost = onLost;
  }

  get isBehind(): boolean {
    return this.#parts.length > 0 || this.#unconfirmedLength > MAX_UNCONFIRMED || this.#link.isBehind;
  }

  onceDrained(listener: () => void): void {
    this.#onceDrained.push(listener);
    // If the owner has confirmed everything, only the link can be behind.
    if (this.#link.isBehind) this.#link.onceDrained(() => this.#goOn());
  }

  send(event: BridgeEvent): void {
    if (event.type === "events-lost") {
      this.flush();
      this.#link.send({ type: "lost", from: event.from, to: event.to });
      this.#onLost(event.to);
      this.#sent(event.to);
      return;
    }
    const windowEventId = event.eventId;
    const length = EMPTY + this.#lengthOf(event);
    this.#unconfirmed.push({ windowEventId, length });
    this.#unconfirmedLength += length;
    if (length > MESSAGE_LENGTH) this.#sendInParts({ ...event, windowEventId });
    else this.#add({ ...event, windowEventId }, length);
  }

  /** Records that the owner has the events up to this one. */
  confirmed(windowEventId: number): void {
    const count = this.#unconfirmed.findIndex((sent) => sent.windowEventId > windowEventId);
    const confirmed = this.#unconfirmed.splice(0, count < 0 ? this.#unconfirmed.length : count);
    for (const { length } of confirmed) this.#unconfirmedLength -= length;
    this.#sent(windowEventId);
    this.#goOn();
  }

  /** Resolves when an event and all before it are on their way, before anything that is sent later. Undefined: they are. */
  whenSent(windowEventId: number): Promise<void> | undefined {
    this.flush();
    if (windowEventId <= this.#lastSent) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ windowEventId, resolve });
    return promise;
  }

  /** Nothing will be sent any more. */
  dispose(): void {
    this.#sent(Infinity);
  }

  /** Sends the events of the batch. */
  flush(): void {
    if (this.#batch.length === 0) return;
    const events = this.#batch;
    this.#batch = [];
    this.#batchLength = 0;
    this.#link.send({ type: "events", events });
    this.#sent(events.at(-1)?.windowEventId ?? 0);
  }

  #sent(windowEventId: number): void {
    this.#lastSent = Math.max(this.#lastSent, windowEventId);
    const isSent = (waiting: Waiting): boolean => waiting.windowEventId <= this.#lastSent;
    const told = this.#waiting.filter(isSent);
    if (told.length > 0) this.#waiting = this.#waiting.filter((waiting) => !isSent(waiting));
    for (const { resolve } of told) resolve();
  }

  #add(event: LinkEvent, length: number): void {
    if (this.#batch.length === 0) queueMicrotask(() => this.flush());
    this.#batch.push(event);
    this.#batchLength += length;
    if (this.#batchLength >= MESSAGE_LENGTH) this.flush();
  }

  #sendInParts(event: LinkEvent): void {
    this.flush();
    const text = JSON.stringify(event);
    this.#partsOf = event.windowEventId;
    for (let at = 0; at < text.length; at += MESSAGE_LENGTH) this.#parts.push(text.slice(at, at + MESSAGE_LENGTH));
    this.#sendParts();
  }

  #sendParts(): void {
    while (!this.#link.isBehind) {
      const text = this.#parts.shift();
      if (text === undefined) return;
      const isLast = this.#parts.length === 0;
      this.#link.send({ type: "part", text, isLast });
      if (isLast) this.#sent(this.#partsOf);
    }
    this.#link.onceDrained(() => this.#goOn());
  }

  #goOn(): void {
    if (this.#parts.length > 0) this.#sendParts();
    if (this.isBehind) {
      if (this.#link.isBehind && this.#onceDrained.length > 0) this.#link.onceDrained(() => this.#goOn());
      return;
    }
    for (const listener of this.#onceDrained.splice(0)) listener();
  }
}
