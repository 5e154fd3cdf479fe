import type { Disposable } from "../base/disposables.ts";
import type { BridgeEvent } from "../protocol/events.ts";
import type { SubscribeParams, SubscribeResult } from "../protocol/socket.ts";
import { EventFeed, type EventSink } from "./eventFeed.ts";
import type { Subscribable } from "./visibleEvents.ts";

/** The events that one client receives. A new subscription replaces the old one. */
export class Subscription implements Disposable {
  readonly #log: Subscribable;
  readonly #sink: EventSink;
  #feed: EventFeed | undefined;
  #beginning: NodeJS.Immediate | undefined;
  #isDisposed = false;

  constructor(log: Subscribable, sink: EventSink) {
    this.#log = log;
    this.#sink = sink;
  }

  /**
   * Ends the old subscription immediately. The new one begins in the next turn of the event loop, so that a reply sent in
   * this turn precedes its events; no event is lost in between.
   */
  replace(params: SubscribeParams): SubscribeResult {
    this.#end();
    const since = this.#log.positionOf(params);
    if (!this.#isDisposed) this.#beginning = setImmediate(() => this.#begin(since, params));
    return { epoch: this.#log.epoch, since, lastEventId: this.#log.lastId };
  }

  /** Begins immediately. */
  start(params: SubscribeParams): void {
    this.#begin(this.#log.positionOf(params), params);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#end();
  }

  #begin(after: number, params: SubscribeParams): void {
    this.#feed = new EventFeed(this.#log, this.#sink, { after, wants: filterOf(params) });
  }

  #end(): void {
    clearImmediate(this.#beginning);
    void this.#feed?.dispose();
    this.#feed = undefined;
  }
}

/**
 * Selects the events of the types and of the execution that a subscription names, if it names any, and the reports of
 * lost ones, which may have been among them.
 */
function filterOf({ types, executionId }: SubscribeParams): (event: BridgeEvent) => boolean {
  const wanted = types === undefined ? undefined : new Set<string>(types);
  return (event) =>
    event.type === "events-lost" ||
    ((wanted === undefined || wanted.has(event.type)) &&
      (executionId === undefined || ("executionId" in event && event.executionId === executionId)));
}
