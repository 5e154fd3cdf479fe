import type { SessionFrame } from "../../bus/remote/frames.ts";
import { type FrameSink, MAX_PENDING_BYTES } from "./frameSink.ts";

/** A session whose client leaves this much unread, replies included, ends. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;
/** Memory that a frame takes beyond its text, in bytes. */
const OVERHEAD = 100;

interface Kept {
  readonly text: string;
  readonly type: string;
  readonly weight: number;
}

/**
 * Numbers the frames of one session, sends them, and keeps them for a client that resumes: until it confirms them, or the
 * latest 1 MiB for one that never confirms. Applies backpressure: deliveries wait for room, replies do not.
 */
export class SessionOutbox {
  readonly #onOverflow: () => void;
  /** By number, oldest first. */
  readonly #kept = new Map<number, Kept>();
  readonly #waiting: (() => void)[] = [];
  #keptBytes = 0;
  #number = 0;
  #confirms = false;
  #sink: FrameSink | undefined;
  #isClosed = false;
  #isArranged = false;

  /** @param onOverflow the client reads so little that the session should end */
  constructor(onOverflow: () => void) {
    this.#onOverflow = onOverflow;
  }

  get number(): number {
    return this.#number;
  }

  push(frame: SessionFrame): void {
    if (this.#isClosed) return;
    const number = ++this.#number;
    const text = JSON.stringify({ number, ...frame });
    const type = "type" in frame ? frame.type : "reply";
    const kept = { text, type, weight: text.length + OVERHEAD };
    this.#kept.set(number, kept);
    this.#keptBytes += kept.weight;
    this.#sink?.send(text, type, number);
    this.#evict();
    if (this.#keptBytes > MAX_KEPT_BYTES || (this.#sink?.waitingBytes ?? 0) > MAX_KEPT_BYTES) this.#onOverflow();
  }

  /** Calls back once, when there is room for a delivery; at once if there is. In order. */
  whenRoom(act: () => void): void {
    if (this.#hasRoom && this.#waiting.length === 0) act();
    else {
      this.#waiting.push(act);
      this.#arrange();
    }
  }

  /** The client has received all frames up to this one. */
  confirm(received: number): void {
    this.#confirms = true;
    for (const [number, { weight }] of this.#kept) {
      if (number > received) break;
      this.#kept.delete(number);
      this.#keptBytes -= weight;
    }
    this.#wake();
  }

  /**
   * Sends the rest to a connection.
   * @param received the number of the latest frame that the client has received
   * @param greet sends the first frame. It is called with the number of frames that are no longer kept
   */
  attach(sink: FrameSink, received: number, greet: (missed: number) => void): void {
    for (const [number, { weight }] of this.#kept) {
      if (number > received) break;
      this.#kept.delete(number);
      this.#keptBytes -= weight;
    }
    const [first = this.#number + 1] = this.#kept.keys();
    greet(Math.max(0, first - 1 - received));
    this.#sink = sink;
    for (const [number, { text, type }] of this.#kept) sink.send(text, type, number);
    this.#isArranged = false;
    this.#wake();
  }

  detach(): void {
    this.#sink = undefined;
  }

  /** Drops everything. What waits for room is called, and finds that the session has ended. */
  close(): void {
    this.#isClosed = true;
    this.#sink = undefined;
    this.#kept.clear();
    this.#keptBytes = 0;
    for (const act of this.#waiting.splice(0)) act();
  }

  get #hasRoom(): boolean {
    if (this.#isClosed) return true;
    if (this.#sink === undefined || this.#sink.waitingBytes > MAX_PENDING_BYTES) return false;
    return !this.#confirms || this.#keptBytes <= MAX_PENDING_BYTES;
  }

  #wake(): void {
    while (this.#waiting.length > 0 && this.#hasRoom) this.#waiting.shift()?.();
    if (this.#waiting.length > 0) this.#arrange();
  }

  /** Goes on when the connection has nothing pending; or else at the next confirmation. */
  #arrange(): void {
    const sink = this.#sink;
    if (this.#isArranged || sink === undefined || sink.waitingBytes <= MAX_PENDING_BYTES) return;
    this.#isArranged = true;
    sink.onceDrained(() => {
      if (this.#sink !== sink) return;
      this.#isArranged = false;
      this.#wake();
    });
  }

  /** A client that never confirms has received what its connection has taken. */
  #evict(): void {
    if (this.#confirms || this.#sink === undefined) return;
    for (const [number, { weight }] of this.#kept) {
      if (this.#keptBytes <= MAX_PENDING_BYTES) return;
      this.#kept.delete(number);
      this.#keptBytes -= weight;
    }
  }
}
