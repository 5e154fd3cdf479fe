import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { MAX_TAIL } from "../contract/outputTail.ts";
import type { DashboardPush } from "../contract/dashboard.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import type { EventSource } from "./dashboardDeps.ts";
import { shortArgs } from "./executionRows.ts";

/** Events are gathered for one frame of the screen, in milliseconds. */
const GATHER_MS = 16;
const MAX_EVENTS = 2000;
/** Text in one batch, in characters. */
const MAX_TEXT = 512 * 1024;

/**
 * Brings a dashboard the events behind its cursor, batch by batch: the next one goes when the last was acknowledged. So
 * a hidden or busy page costs nothing, and the log's ring is the only place where events wait; what has left it
 * meanwhile is said as `events-lost`.
 */
export class EventPush implements Disposable {
  readonly #store = new DisposableStore();
  readonly #events: EventSource;
  readonly #epoch: string;
  readonly #post: (push: DashboardPush) => void;
  #cursor: number;
  #isFree = false;
  #timer: NodeJS.Timeout | undefined;

  /** Begins behind `after`, with the first acknowledgement. */
  constructor(events: EventSource, epoch: string, after: number, post: (push: DashboardPush) => void) {
    this.#events = events;
    this.#epoch = epoch;
    this.#cursor = after;
    this.#post = post;
    this.#store.add(events.onDidAppend(() => this.#sendSoon()));
    this.#store.defer(() => clearTimeout(this.#timer));
  }

  acknowledge(): void {
    this.#isFree = true;
    if (this.#events.lastId > this.#cursor) this.#sendSoon();
  }

  dispose(): Promise<void> {
    this.#isFree = false;
    return this.#store.dispose();
  }

  #sendSoon(): void {
    if (this.#isFree) this.#timer ??= setTimeout(() => this.#send(), GATHER_MS);
  }

  #send(): void {
    this.#timer = undefined;
    const lost = this.#events.lostSince(this.#cursor);
    const batch =
      lost === undefined
        ? firstOf(this.#events.since(this.#cursor, () => true))
        : [lostEvent(lost, this.#events.windowId)];
    const last = batch.at(-1);
    if (last === undefined || !this.#isFree) return;
    this.#isFree = false;
    this.#cursor = last.eventId;
    this.#post({ type: "events", epoch: this.#epoch, events: slim(batch), eventId: last.eventId });
  }
}

function firstOf(events: Iterable<BridgeEvent>): readonly BridgeEvent[] {
  const first: BridgeEvent[] = [];
  let text = 0;
  for (const event of events) {
    text += "output" in event ? event.output.length : 0;
    if (first.length >= MAX_EVENTS || (text > MAX_TEXT && first.length > 0)) break;
    first.push(event);
  }
  return first;
}

/** Joins output that comes in a row and leaves out what no dashboard shows. */
function slim(events: readonly BridgeEvent[]): BridgeEvent[] {
  const slimmed: BridgeEvent[] = [];
  for (const event of events) {
    const last = slimmed.at(-1);
    if (event.type === "command-output" && last?.type === "command-output" && isSameStream(event, last)) {
      slimmed[slimmed.length - 1] = { ...event, output: shownEnd(last.output + event.output) };
    } else slimmed.push(slimOne(event));
  }
  return slimmed;
}

type Output = Extract<BridgeEvent, { type: "command-output" }>;

function isSameStream(a: Output, b: Output): boolean {
  return a.executionId === b.executionId && a.stream === b.stream;
}

function slimOne(event: BridgeEvent): BridgeEvent {
  if (event.type === "command-output" || event.type === "command-completed") {
    return { ...event, output: shownEnd(event.output) };
  }
  return event.type === "command-started" ? { ...event, args: shortArgs(event.args) } : event;
}

/** One more character than is shown, so that the reader knows that there was more. */
function shownEnd(text: string): string {
  return text.length > MAX_TAIL + 1 ? text.slice(-MAX_TAIL - 1) : text;
}

function lostEvent({ from, to }: { from: number; to: number }, windowId: string): BridgeEvent {
  return { type: "events-lost", from, to, eventId: to, timestamp: new Date().toISOString(), windowId };
}
