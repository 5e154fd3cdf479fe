import type { Disposable } from "../../base/disposables.ts";
import { RunOnce } from "../../base/runOnce.ts";
import type { EventSink } from "../../channel/eventFeed.ts";
import { lengthOf } from "../../core/events/eventWeights.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import { type DashboardPush, MAX_LIVE_OUTPUT } from "../contract/dashboard.ts";
import { shortArgs } from "./executionRows.ts";

/** Batch time in milliseconds: one frame of the screen. */
const BATCH_MS = 16;
const MAX_EVENTS = 2000;
/** Limits the text in one batch, in characters. */
const MAX_TEXT = 512 * 1024;

/**
 * Pushes events to a dashboard in batches. Applies backpressure: posts the next batch when the page has acknowledged
 * the last one. A hidden or busy page therefore costs nothing, and events only wait in the log.
 */
export class EventBatches implements EventSink, Disposable {
  readonly #epoch: string;
  readonly #post: (push: DashboardPush) => void;
  #batch: BridgeEvent[] = [];
  #text = 0;
  #lastId = 0;
  /** True if the page has acknowledged the last batch, or has just subscribed. */
  #isAcknowledged = false;
  readonly #posting = new RunOnce(() => this.#postBatch(), BATCH_MS);
  #onDrained: (() => void) | undefined;

  constructor(epoch: string, post: (push: DashboardPush) => void) {
    this.#epoch = epoch;
    this.#post = post;
  }

  get isBehind(): boolean {
    return !this.#isAcknowledged || this.#batch.length >= MAX_EVENTS || this.#text > MAX_TEXT;
  }

  send(event: BridgeEvent): void {
    const slim = slimmed(event);
    this.#text += lengthOf(slim);
    this.#lastId = event.eventId;
    const last = this.#batch.at(-1);
    if (slim.type === "command-output" && last?.type === "command-output" && isSameStream(slim, last)) {
      this.#batch[this.#batch.length - 1] = { ...slim, output: shownEnd(last.output + slim.output) };
    } else this.#batch.push(slim);
    this.#postSoon();
  }

  onceDrained(listener: () => void): void {
    this.#onDrained = listener;
  }

  acknowledge(): void {
    this.#isAcknowledged = true;
    this.#postSoon();
    this.#tellDrained();
  }

  dispose(): void {
    this.#posting.dispose();
    this.#isAcknowledged = false;
    this.#batch = [];
    this.#onDrained = undefined;
  }

  #postSoon(): void {
    if (this.#isAcknowledged && this.#batch.length > 0) this.#posting.schedule();
  }

  #postBatch(): void {
    const events = this.#batch;
    this.#batch = [];
    this.#text = 0;
    this.#isAcknowledged = false;
    this.#post({ type: "events", epoch: this.#epoch, events, eventId: this.#lastId });
  }

  #tellDrained(): void {
    const listener = this.#onDrained;
    this.#onDrained = undefined;
    listener?.();
  }
}

type Output = Extract<BridgeEvent, { type: "command-output" }>;

function isSameStream(a: Output, b: Output): boolean {
  return a.executionId === b.executionId && a.stream === b.stream;
}

/** Removes data that dashboards do not show. */
function slimmed(event: BridgeEvent): BridgeEvent {
  if (event.type === "command-output" || event.type === "command-completed") {
    return { ...event, output: shownEnd(event.output) };
  }
  return event.type === "command-started" ? { ...event, args: shortArgs(event.args) } : event;
}

/** Keeps one more character than is shown, which tells the page that the text was truncated. */
function shownEnd(text: string): string {
  return text.length > MAX_LIVE_OUTPUT + 1 ? text.slice(-MAX_LIVE_OUTPUT - 1) : text;
}
