import type { TopicStats } from "../participant.ts";
import { topicOf } from "../topics.ts";

const MAX_TOPICS = 2048;
const MAX_SHOWN_TOPICS = 500;
const WINDOW_MS = 5000;

/** Numbers of the whole bus. */
export interface BusCounts {
  published: number;
  delivered: number;
  undelivered: number;
  expired: number;
  lost: number;
  duplicates: number;
  handlerErrors: number;
  requests: number;
  failedRequests: number;
}

export const noCounts = (): BusCounts => ({
  published: 0,
  delivered: 0,
  undelivered: 0,
  expired: 0,
  lost: 0,
  duplicates: 0,
  handlerErrors: 0,
  requests: 0,
  failedRequests: 0,
});

/** A topic that was published to, in its slash form. Its rate is computed when it is read: most messages are never looked at. */
export class KnownTopic {
  readonly text: string;
  #published = 0;
  #delivered = 0;
  #sample: Sample;
  #lastSample: Sample;

  /** @param now monotonic, in milliseconds */
  constructor(text: string, now: number) {
    this.text = text;
    this.#sample = { at: now, published: 0 };
    this.#lastSample = this.#sample;
  }

  count(reached: number): void {
    this.#published += 1;
    this.#delivered += reached;
  }

  read(now: number): TopicStats {
    if (now - this.#sample.at >= WINDOW_MS) {
      this.#lastSample = this.#sample;
      this.#sample = { at: now, published: this.#published };
    }
    const seconds = Math.max(now - this.#lastSample.at, WINDOW_MS) / 1000;
    const perSecond = (this.#published - this.#lastSample.published) / seconds;
    return { topic: this.text, published: this.#published, delivered: this.#delivered, perSecond };
  }
}

interface Sample {
  readonly at: number;
  readonly published: number;
}

/** The topics of the most recent messages. Of too many, the one that was first seen is evicted. */
export class KnownTopics {
  readonly #byText = new Map<string, KnownTopic>();
  readonly #now: () => number;

  /** @param now monotonic time, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Finds a topic by either of its forms. @throws BridgeError VALIDATION_FAILED */
  find(text: string): KnownTopic {
    return this.#byText.get(text) ?? this.#add(text);
  }

  read(): readonly TopicStats[] {
    const now = this.#now();
    return [...new Set(this.#byText.values())].slice(-MAX_SHOWN_TOPICS).map((topic) => topic.read(now));
  }

  #add(text: string): KnownTopic {
    const slashed = topicOf(text);
    const topic = this.#byText.get(slashed) ?? new KnownTopic(slashed, this.#now());
    this.#byText.set(slashed, topic);
    this.#byText.set(text, topic);
    for (const oldest of this.#byText.keys()) {
      if (this.#byText.size <= MAX_TOPICS) break;
      this.#byText.delete(oldest);
    }
    return topic;
  }
}
