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

/** A topic that was published to, in its slash form, with its rate. */
export class KnownTopic {
  readonly text: string;
  #published = 0;
  #delivered = 0;
  #windowBeganAt = 0;
  #inWindow = 0;
  #inLastWindow = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** @param now monotonic, in milliseconds */
  count(reached: number, now: number): void {
    if (now - this.#windowBeganAt >= WINDOW_MS) this.#turn(now);
    this.#published += 1;
    this.#inWindow += 1;
    this.#delivered += reached;
  }

  read(now: number): TopicStats {
    if (now - this.#windowBeganAt >= WINDOW_MS) this.#turn(now);
    // The share of the last window that is within WINDOW_MS of now.
    const share = 1 - (now - this.#windowBeganAt) / WINDOW_MS;
    const perSecond = (this.#inWindow + share * this.#inLastWindow) / (WINDOW_MS / 1000);
    return { topic: this.text, published: this.#published, delivered: this.#delivered, perSecond };
  }

  #turn(now: number): void {
    this.#inLastWindow = now - this.#windowBeganAt < 2 * WINDOW_MS ? this.#inWindow : 0;
    this.#inWindow = 0;
    this.#windowBeganAt = now;
  }
}

/** The topics of the most recent messages. Of too many, the one that was first seen is evicted. */
export class KnownTopics {
  readonly #byText = new Map<string, KnownTopic>();

  /** Finds a topic by either of its forms. @throws BridgeError VALIDATION_FAILED */
  find(text: string): KnownTopic {
    return this.#byText.get(text) ?? this.#add(text);
  }

  read(now: number): readonly TopicStats[] {
    return [...new Set(this.#byText.values())].slice(-MAX_SHOWN_TOPICS).map((topic) => topic.read(now));
  }

  #add(text: string): KnownTopic {
    const slashed = topicOf(text);
    const topic = this.#byText.get(slashed) ?? new KnownTopic(slashed);
    this.#byText.set(slashed, topic);
    this.#byText.set(text, topic);
    for (const oldest of this.#byText.keys()) {
      if (this.#byText.size <= MAX_TOPICS) break;
      this.#byText.delete(oldest);
    }
    return topic;
  }
}
