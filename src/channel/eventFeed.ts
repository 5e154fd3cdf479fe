import { LARGE, ownTurn } from "../base/ownTurn.ts";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import type { EventLog } from "../core/events/eventLog.ts";
import type { BridgeEvent } from "../protocol/events.ts";

/** How much may wait for a slow reader, in bytes (docs/wire-contract.md#56-slow-readers). */
export const MAX_WAITING_BYTES = 1024 * 1024;

/** Where events go: one client's connection. */
export interface EventSink {
  send(event: BridgeEvent): void;
  /** Bytes that were sent and that the client has not taken yet. */
  readonly waitingBytes: number;
  /** Calls back once, when nothing waits any more. */
  onceDrained(listener: () => void): void;
  /** An event was left out, since too much waits. */
  dropped?(): void;
}

export interface FeedOptions {
  /** Starts behind this event; 0 is from the beginning. */
  readonly after: number;
  readonly wants: (event: BridgeEvent) => boolean;
  /** Whether a span that the log no longer has may concern this reader; `next` is the first event that it does get. */
  readonly mayMiss?: (next: BridgeEvent | undefined) => boolean;
}

/** With one of these the story of an execution begins: nothing before it can be missing. */
const beginnings: ReadonlySet<string> = new Set(["command-queued", "command-started"]);

/** `mayMiss` for who reads one execution from its beginning. */
export function mayMissBeginning(next: BridgeEvent | undefined): boolean {
  return next === undefined || !beginnings.has(next.type);
}

/**
 * Brings one reader the events behind its cursor and then those to come, in order. What it replays waits for a slow
 * reader. Live events do not: when more than 1 MiB waits they are left out until the reader has caught up, and it is
 * told `events-lost`. So nobody slows the others, and no reader makes the host grow. A large event comes in a turn of the
 * event loop of its own, for each reader, and what follows comes behind it.
 */
export class EventFeed implements Disposable {
  readonly #store = new DisposableStore();
  readonly #log: EventLog;
  readonly #sink: EventSink;
  readonly #options: FeedOptions;
  #cursor: number;
  #isLive = false;
  #isDisposed = false;
  #dropped: { readonly from: number; to: number; readonly windowId: string } | undefined;
  #onceCaughtUp: (() => void) | undefined;

  constructor(log: EventLog, sink: EventSink, options: FeedOptions) {
    this.#log = log;
    this.#sink = sink;
    this.#options = options;
    this.#cursor = options.after;
    this.#store.add(log.onDidAppend((event) => this.#follow(event)));
    this.#replay();
  }

  /** Calls back once, when the reader has got, or was told that it lost, all that there is now. */
  whenCaughtUp(listener: () => void): void {
    if (this.#isLive && this.#dropped === undefined) listener();
    else this.#onceCaughtUp = listener;
  }

  dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#onceCaughtUp = undefined;
    return this.#store.dispose();
  }

  #follow(event: BridgeEvent): void {
    if (!this.#isLive || !this.#options.wants(event)) return;
    if (this.#dropped !== undefined || this.#sink.waitingBytes > MAX_WAITING_BYTES) this.#leaveOut(event);
    else if (this.#log.lengthOf(event) <= LARGE) this.#sink.send(event);
    else {
      this.#isLive = false;
      this.#cursor = event.eventId - 1;
      this.#replayLater();
    }
  }

  #leaveOut({ eventId, windowId }: BridgeEvent): void {
    this.#sink.dropped?.();
    if (this.#dropped !== undefined) {
      this.#dropped.to = eventId;
      return;
    }
    this.#dropped = { from: eventId, to: eventId, windowId };
    this.#sink.onceDrained(() => this.#tellDropped());
  }

  #replayLater(): void {
    void ownTurn().then(() => this.#replay());
  }

  #replay(): void {
    if (this.#isDisposed) return;
    const { wants, mayMiss } = this.#options;
    const lost = this.#log.lostSince(this.#cursor);
    if (lost !== undefined) {
      const [next] = this.#log.since(lost.to, wants);
      this.#cursor = lost.to;
      if (mayMiss?.(next) !== false) this.#tellLost(lost.from, lost.to, this.#log.windowId);
    }
    for (const event of this.#log.since(this.#cursor, wants)) {
      if (this.#sink.waitingBytes > MAX_WAITING_BYTES) {
        this.#sink.onceDrained(() => this.#replay());
        return;
      }
      this.#sink.send(event);
      this.#cursor = event.eventId;
      if (this.#log.lengthOf(event) > LARGE) {
        this.#replayLater();
        return;
      }
    }
    this.#isLive = true;
    this.#tellCaughtUp();
  }

  #tellDropped(): void {
    if (this.#dropped === undefined || this.#isDisposed) return;
    const { from, to, windowId } = this.#dropped;
    this.#dropped = undefined;
    this.#tellLost(from, to, windowId);
    this.#tellCaughtUp();
  }

  #tellLost(from: number, to: number, windowId: string): void {
    this.#sink.send({ type: "events-lost", from, to, eventId: to, timestamp: new Date().toISOString(), windowId });
  }

  #tellCaughtUp(): void {
    const listener = this.#onceCaughtUp;
    this.#onceCaughtUp = undefined;
    listener?.();
  }
}
