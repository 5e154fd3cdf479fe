import type { Logger } from "../../../base/logger.ts";
import { messageOf } from "../../../protocol/errors.ts";
import { matchesTopic, segmentsOfTopic } from "../../bus/topics.ts";
import type { Session } from "./session.ts";

const MAX_PATTERNS = 10_000;
const MAX_CACHED = 10_000;

/** Knows which topics are durable: those that this bridge declares, and those of others on the server. */
export class DurablePatterns {
  readonly #logger: Logger;
  readonly #patterns = new Map<string, readonly string[]>();
  /** The patterns that this bridge has declared, with the session that knows them. */
  readonly #own = new Map<string, Session | undefined>();
  readonly #known = new Map<string, boolean>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  has(topic: string): boolean {
    if (this.#patterns.size === 0) return false;
    const known = this.#known.get(topic);
    if (known !== undefined) return known;
    const segments = segmentsOfTopic(topic);
    const isDurable = [...this.#patterns.values()].some((pattern) => matchesTopic(pattern, segments));
    if (this.#known.size >= MAX_CACHED) this.#known.clear();
    this.#known.set(topic, isDurable);
    return isDurable;
  }

  declare(pattern: string): void {
    if (!this.#own.has(pattern)) this.#own.set(pattern, undefined);
    this.#add(pattern);
  }

  /** Tells the other bridges what this one has declared. */
  async share(session: Session): Promise<void> {
    for (const [pattern, sharedWith] of this.#own) {
      if (sharedWith === session) continue;
      await session.topics.put(keyOf(pattern), pattern);
      this.#own.set(pattern, session);
    }
  }

  /** Learns what others have declared, now and for as long as the session lasts. */
  async follow(session: Session): Promise<void> {
    await this.share(session);
    const initial = Promise.withResolvers<void>();
    void this.#watch(session, initial).catch((error: unknown) => {
      initial.reject(error);
      this.#logger.debug("The durable topics are not followed any more", { error: messageOf(error) });
    });
    await initial.promise;
  }

  /** Learns what others have declared before. */
  async refresh({ topics }: Session): Promise<void> {
    for await (const key of await topics.keys()) this.#add(Buffer.from(key, "base64url").toString());
  }

  async #watch(session: Session, initial: PromiseWithResolvers<void>): Promise<void> {
    const { values } = await session.topics.status();
    let left = values;
    if (left === 0) initial.resolve();
    for await (const { operation, value } of await session.topics.watch()) {
      if (operation === "PUT") this.#add(Buffer.from(value).toString());
      left -= 1;
      if (left === 0) initial.resolve();
    }
    initial.resolve();
  }

  #add(pattern: string): void {
    if (this.#patterns.has(pattern) || this.#patterns.size >= MAX_PATTERNS) return;
    this.#patterns.set(pattern, segmentsOfTopic(pattern));
    this.#known.clear();
  }
}

/** Keys of the server allow few characters. */
function keyOf(pattern: string): string {
  return Buffer.from(pattern).toString("base64url");
}
