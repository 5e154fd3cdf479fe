import { get, type IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import * as z from "zod";
import { systemClock } from "../../../src/base/clock.ts";
import { TEST_TOKEN } from "../testBridge.ts";
import { withDeadline } from "../editor/deadline.ts";

const DEADLINE_MS = 60_000;
/** Pause between two attempts to connect. */
const PAUSE_MS = 20;

const eventSchema = z.looseObject({
  type: z.string(),
  eventId: z.int(),
  epoch: z.string().optional(),
  windowId: z.string().optional(),
  windowEventId: z.int().optional(),
  executionId: z.string().optional(),
  leftWindowId: z.string().optional(),
  lostWindowId: z.string().optional(),
  lostFrom: z.int().optional(),
  lostTo: z.int().optional(),
});

export type ReadEvent = z.infer<typeof eventSchema>;

/**
 * A client that reads the events of all windows, and connects again with its cursor when the connection has ended, as
 * docs/wire-contract.md#52-cursor says. Records what a client must never see.
 */
export class EventReader {
  /** Each event once. */
  readonly events: ReadEvent[] = [];
  /** Events of a window that came again out of order within one epoch, or with a gap. */
  readonly violations: string[] = [];
  readonly #port: number;
  readonly #kind: "sse" | "ws";
  readonly #isStopped = new AbortController();
  readonly #watchers = new Set<() => void>();
  /** The last event of each window, and the number of losses before it. */
  readonly #highest = new Map<string, { windowEventId: number; losses: number }>();
  #cursor: { since: number; epoch: string } | undefined;
  /** The last event of this connection. */
  #last = 0;
  connections = 0;
  /** Events that were sent again, and skipped. */
  repeated = 0;
  /** Reports of events that are no longer kept, of any window. */
  losses = 0;

  constructor(port: number, kind: "sse" | "ws") {
    this.#port = port;
    this.#kind = kind;
    void this.#run();
  }

  static async open(port: number, kind: "sse" | "ws"): Promise<EventReader> {
    const reader = new EventReader(port, kind);
    await reader.until(() => reader.#cursor !== undefined, "the first connection");
    return reader;
  }

  /** The events of one window, in the order of their arrival. */
  of(windowId: string): ReadEvent[] {
    return this.events.filter((event) => event.windowId === windowId && event.windowEventId !== undefined);
  }

  until(isTrue: () => boolean, what: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (isTrue()) resolve();
    };
    this.#watchers.add(look);
    look();
    return withDeadline(promise, DEADLINE_MS, what).finally(() => this.#watchers.delete(look));
  }

  async untilEvent(isWanted: (event: ReadEvent) => boolean, what: string): Promise<ReadEvent> {
    await this.until(() => this.events.some(isWanted), what);
    const found = this.events.find(isWanted);
    if (found === undefined) throw new Error("the event is gone");
    return found;
  }

  stop(): void {
    this.#isStopped.abort();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped.signal.aborted) {
      await (this.#kind === "sse" ? this.#readStream() : this.#readSocket());
      const { promise, resolve } = Promise.withResolvers<void>();
      systemClock.after(PAUSE_MS, resolve);
      await promise;
    }
  }

  get #path(): string {
    return this.#cursor === undefined ? "" : `?since=${this.#cursor.since}&epoch=${this.#cursor.epoch}`;
  }

  #readStream(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const headers = { authorization: `Bearer ${TEST_TOKEN}`, accept: "text/event-stream" };
    const signal = this.#isStopped.signal;
    const path = `/api/kiro/events${this.#path}`;
    const request = get({ host: "127.0.0.1", port: this.#port, path, headers, signal, agent: false });
    request.on("error", () => resolve());
    request.once("response", (response) => {
      response.once("close", resolve);
      response.on("error", () => resolve());
      if (response.statusCode === 200) this.#readLines(response);
      else response.resume();
    });
    return promise;
  }

  #readLines(response: IncomingMessage): void {
    let rest = "";
    response.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("data:")) this.#take(line.slice(5));
    });
  }

  #readSocket(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const headers = { authorization: `Bearer ${TEST_TOKEN}` };
    const socket = new WebSocket(`ws://127.0.0.1:${this.#port}/ws${this.#path}`, { headers });
    const stop = (): void => socket.terminate();
    this.#isStopped.signal.addEventListener("abort", stop);
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
    socket.on("message", (data) => this.#take(Buffer.isBuffer(data) ? data.toString() : ""));
    return promise.finally(() => this.#isStopped.signal.removeEventListener("abort", stop));
  }

  #take(text: string): void {
    const event = eventSchema.parse(JSON.parse(text));
    if (event.type === "connection-ready") this.#connected(event);
    else this.#follow(event);
    for (const watch of this.#watchers) watch();
  }

  #connected({ epoch = "", ...event }: ReadEvent): void {
    this.connections++;
    const isNew = epoch !== this.#cursor?.epoch;
    // Without a cursor, the stream begins after the latest event.
    const since = this.#cursor === undefined ? z.int().parse(event["lastEventId"]) : isNew ? 0 : this.#cursor.since;
    this.#cursor = { since, epoch };
    this.#last = since;
  }

  #follow(event: ReadEvent): void {
    const { eventId, windowId = "", windowEventId, type } = event;
    if (eventId <= this.#last) this.violations.push(`event ${eventId} follows ${this.#last}`);
    this.#last = eventId;
    if (this.#cursor !== undefined) this.#cursor.since = eventId;
    if (type === "events-lost") this.#lost(event);
    if (windowEventId === undefined) {
      this.events.push(event);
      return;
    }
    const highest = this.#highest.get(windowId);
    if (highest !== undefined && windowEventId <= highest.windowEventId) {
      this.repeated++;
      return;
    }
    const isExpected = highest === undefined || windowEventId === highest.windowEventId + 1;
    if (!isExpected && this.losses === highest.losses)
      this.violations.push(`event ${windowEventId} of ${windowId} follows ${highest.windowEventId}`);
    this.#highest.set(windowId, { windowEventId, losses: this.losses });
    this.events.push(event);
  }

  #lost({ lostWindowId, lostTo = 0 }: ReadEvent): void {
    const known = this.#highest.get(lostWindowId ?? "");
    if (lostWindowId === undefined) this.losses++;
    else if (known === undefined || known.windowEventId < lostTo)
      this.#highest.set(lostWindowId, { windowEventId: lostTo, losses: this.losses });
  }
}
