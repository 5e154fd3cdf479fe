import type { SocketMessage } from "../../../support/socketClient.ts";

/**
 * A client that follows the events of all windows over any number of owners of the address, as
 * docs/wire-contract.md#52-cursor recommends: it remembers its cursor, and the newest event of each window.
 */
export class EventReader {
  /** The events that were new, in the order of their arrival. */
  readonly fresh: SocketMessage[] = [];
  /** Number of events that arrived again. */
  repeated = 0;
  readonly #newest = new Map<string, number>();
  #epoch = "";
  #since = 0;

  /** The cursor, for the URL of a WebSocket. */
  get query(): string {
    return `since=${this.#since}&epoch=${this.#epoch}`;
  }

  get cursor(): { readonly since: number; readonly epoch: string } {
    return { since: this.#since, epoch: this.#epoch };
  }

  /** Begins with the answer to a subscription, or with `connection-ready` and the position of the stream. */
  begin(epoch: string, since: number): void {
    this.#epoch = epoch;
    this.#since = since;
  }

  take(event: SocketMessage): void {
    const { type, eventId, windowId, windowEventId } = event;
    if (type === "connection-ready") return;
    this.#since = Number(eventId);
    if (windowEventId === undefined) this.fresh.push(event);
    else if (Number(windowEventId) <= (this.#newest.get(String(windowId)) ?? 0)) this.repeated++;
    else {
      this.#newest.set(String(windowId), Number(windowEventId));
      this.fresh.push(event);
    }
  }

  /** The new events as `window:number`. */
  get keys(): string[] {
    return this.fresh
      .filter(({ windowEventId }) => windowEventId !== undefined)
      .map(({ windowId, windowEventId }) => `${String(windowId)}:${String(windowEventId)}`);
  }
}
