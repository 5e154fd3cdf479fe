import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Backoff } from "../events/backoff.ts";
import { type EventFilter, isBridgeEvent } from "../events/bridgeEvents.ts";
import { EventCursor } from "../live/eventCursor.ts";
import type { BridgeEvent } from "../wireTypes.ts";
import { EventBuffer } from "./eventBuffer.ts";
import type { LinkConnection, SocketLink } from "./socketLink.ts";
import type { SocketMethods } from "./socketMethods.ts";

export interface SubscriptionDeps {
  readonly link: SocketLink;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  /** Deadline of the reply, in milliseconds. */
  readonly timeoutMs: number;
}

/** Events that no subscription has: with them alone, the bridge sends nothing. */
const NOTHING = { types: ["connection-ready"] } as const;

/** `waiting` for a connection or a reply; `paused` until the reader has taken what waits. */
type State = "waiting" | "receiving" | "paused" | "ended";

/**
 * The subscription of a socket, over reconnects: each event once. Applies backpressure to the bridge, because a WebSocket
 * cannot be read slowly: when 1,000 events or 1 Mi characters wait for the reader, it pauses the subscription, and
 * resumes after the last of them. Events that the bridge no longer has by then are reported as `events-lost`.
 */
export class SocketSubscription {
  readonly #store = new DisposableStore();
  readonly #deps: SubscriptionDeps;
  readonly #filter: Pick<EventFilter, "types" | "executionId">;
  readonly #cursor: EventCursor;
  readonly #buffer = new EventBuffer(() => this.#resume());
  #state: State = "waiting";
  /** The connection on which it has subscribed. */
  #current: LinkConnection | undefined;
  #listening: Disposable | undefined;

  constructor(deps: SubscriptionDeps, { types, executionId, since, epoch }: EventFilter) {
    this.#deps = deps;
    this.#filter = { types, executionId };
    this.#cursor = new EventCursor({ since, epoch });
    this.#store.add(deps.link.onDidChange(() => this.#follow()));
    this.#store.defer(() => this.#listening?.dispose());
    this.#follow();
  }

  /** Yields the events until the subscription ends. */
  async *events(): AsyncGenerator<BridgeEvent, void, undefined> {
    for (let event = await this.#buffer.next(); event !== undefined; event = await this.#buffer.next()) yield event;
  }

  /** Ends the events after those that wait, because another subscription replaces this one. */
  end(): void {
    if (this.#leave()) this.#buffer.end();
  }

  /** Ends the events at once with an error, and has the bridge send no further ones. */
  abort(reason: unknown): void {
    // The bridge may have a request to subscribe whose reply has not come yet.
    const mayReceive = this.#state === "receiving" || this.#state === "waiting";
    if (!this.#leave()) return;
    if (mayReceive) this.#sendNothing();
    this.#buffer.clear();
    this.#buffer.fail(reason);
  }

  /** Ends the events with an error after those that wait. */
  #fail(error: unknown): void {
    if (this.#leave()) this.#buffer.fail(error);
  }

  /** Returns false if it has ended before. */
  #leave(): boolean {
    if (this.#state === "ended") return false;
    this.#state = "ended";
    void this.#store.dispose();
    return true;
  }

  /** Subscribes on a new connection, unless the reader is behind. */
  #follow(): void {
    const { state } = this.#deps.link;
    if (state.kind === "ended") return this.#fail(state.error);
    const current = state.kind === "open" ? state.current : undefined;
    if (current === this.#current) return;
    this.#current = current;
    void this.#listening?.dispose();
    this.#listening = current?.connection.onDidPush((message) => this.#take(message));
    if (this.#state === "paused") return;
    this.#state = "waiting";
    if (current !== undefined) void this.#subscribe(current, current.ready);
  }

  /** @param first comes before the events of this connection */
  async #subscribe(current: LinkConnection, first?: BridgeEvent): Promise<void> {
    const { signal, timeoutMs } = this.#deps;
    const now = timeOf(current);
    const begin = (result: SocketMethods["subscribe"]["result"]): void => {
      if (this.#current !== current || this.#state !== "waiting") return;
      this.#cursor.begin(result, now);
      this.#state = "receiving";
      if (first !== undefined) this.#buffer.push(first);
    };
    try {
      const params = { ...this.#cursor.position, ...this.#filter };
      await current.connection.call("subscribe", params, { signal, timeoutMs, onResult: begin });
    } catch (error) {
      // On the next connection, it subscribes again.
      if (current.lostWith !== undefined || this.#current !== current) return;
      await this.#subscribeLater(error, () => this.#subscribe(current, first));
    }
  }

  async #subscribeLater(error: unknown, subscribe: () => Promise<void>): Promise<void> {
    const current = this.#current;
    try {
      await this.#deps.backoff.pause(error);
    } catch (reason) {
      return this.#fail(reason);
    }
    if (this.#current === current && this.#state === "waiting") await subscribe();
  }

  #take(message: unknown): void {
    const isObject = typeof message === "object" && message !== null;
    if (this.#state !== "receiving" || !isObject || !isBridgeEvent(message)) return;
    const event = this.#cursor.accept(message);
    if (event === undefined) return;
    this.#buffer.push(event);
    if (!this.#buffer.isFull) return;
    this.#state = "paused";
    this.#sendNothing();
  }

  #resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "waiting";
    if (this.#current !== undefined) void this.#subscribe(this.#current);
  }

  #sendNothing(): void {
    void this.#current?.connection.call("subscribe", NOTHING).catch(() => undefined); // The connection is lost.
  }
}

/** The time of the bridge, or somewhat less: the message that says it took its time. */
function timeOf({ ready, readyAt }: LinkConnection): string {
  return new Date(Date.parse(ready.timestamp) + performance.now() - readyAt).toISOString();
}
