import { LARGE, ownTurn } from "../base/ownTurn.ts";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import type { EventSource } from "../core/events/eventSource.ts";
import type { BridgeEvent } from "../protocol/events.ts";

/** The connection of one client, which receives events. */
export interface EventSink {
  send(event: BridgeEvent): void;
  /** True while the client has so much unread data that no further events are sent. */
  readonly isBehind: boolean;
  /** Calls back once when the client has caught up. */
  onceDrained(listener: () => void): void;
  /** Called for each event dropped while the client is behind. */
  dropped?(): void;
}

export interface FeedOptions {
  /** Starts after this event; 0 starts at the beginning. */
  readonly after: number;
  readonly wants: (event: BridgeEvent) => boolean;
  /** Returns whether this reader may miss events that the log no longer has; `next` is the first event that it gets. */
  readonly mayMiss?: (next: BridgeEvent | undefined) => boolean;
  /**
   * The handling of live events while the reader is behind: "drop" (the default) skips them and sends `events-lost`;
   * "replay" sends them later, as far as the log still has them.
   */
  readonly onOverflow?: "drop" | "replay";
}

/** The events that an execution begins with: nothing before them can be missing. */
const beginnings: ReadonlySet<string> = new Set(["command-queued", "command-started"]);

/** Serves as `mayMiss` for readers of one execution from its beginning. */
export function mayMissBeginning(next: BridgeEvent | undefined): boolean {
  return next === undefined || !beginnings.has(next.type);
}

/**
 * Sends one reader the events after its cursor, then live ones, in order. Applies backpressure: replayed events wait
 * for a slow reader in the log; live events are dropped while it is behind, or replayed later (`onOverflow`). Either
 * way it gets `events-lost` for the events that it misses, so a slow reader neither delays others nor grows the host's
 * memory. Each large event is sent in its own turn of the event loop, before the events that follow it.
 */
export class EventFeed implements Disposable {
  readonly #store = new DisposableStore();
  readonly #log: EventSource;
  readonly #sink: EventSink;
  readonly #options: FeedOptions;
  #cursor: number;
  #isLive = false;
  #isDisposed = false;
  #dropped: { readonly from: number; to: number; readonly windowId: string } | undefined;
  #onceCaughtUp: (() => void) | undefined;

  constructor(log: EventSource, sink: EventSink, options: FeedOptions) {
    this.#log = log;
    this.#sink = sink;
    this.#options = options;
    this.#cursor = options.after;
    this.#store.add(log.onDidAppend((event) => this.#follow(event)));
    this.#replay();
  }

  /** Calls back once, when the reader has received, or has been told that it lost, every event up to now. */
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
    if (this.#dropped !== undefined || this.#sink.isBehind) this.#overflow(event);
    else if (this.#log.lengthOf(event) <= LARGE) this.#sink.send(event);
    else {
      this.#pauseBefore(event);
      this.#replayLater();
    }
  }

  #overflow(event: BridgeEvent): void {
    if (this.#options.onOverflow !== "replay") return this.#drop(event);
    this.#pauseBefore(event);
    this.#sink.onceDrained(() => this.#replay());
  }

  #pauseBefore({ eventId }: BridgeEvent): void {
    this.#isLive = false;
    this.#cursor = eventId - 1;
  }

  #drop({ eventId, windowId }: BridgeEvent): void {
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
      if (this.#sink.isBehind) {
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
