import { randomUUID } from "node:crypto";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { startDeadline } from "../../base/deadline.ts";
import type { Logger } from "../../base/logger.ts";

/** In milliseconds: the time in which events are collected for one request, and the deadline of that request. */
const COLLECT_MS = 5000;
const POST_MS = 3000;
/** More are not kept: analytics may lose events. */
const MAX_EVENTS = 100;

export interface PostHogOptions {
  /** The address of PostHog, or of a server that takes the same requests. */
  readonly url: URL;
  readonly projectKey: string;
  /** Returns the ID of this installation. */
  readonly distinctId: () => Promise<string>;
  readonly logger: Logger;
}

interface Collected {
  readonly event: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly timestamp: string;
  readonly uuid: string;
}

/** Sends events to PostHog, several in one request. Never repeats a request. */
export class PostHogSender implements Disposable {
  readonly #options: PostHogOptions;
  #collected: Collected[] = [];
  #collecting: Disposable | undefined;
  #posting: Promise<void> = Promise.resolve();
  #isAbandoned = false;

  constructor(options: PostHogOptions) {
    this.#options = options;
  }

  /** @param name with the ID of the extension and a slash in front of it, as the editor adds them */
  add(name: string, data: Readonly<Record<string, unknown>> = {}): void {
    if (this.#isAbandoned || this.#collected.length >= MAX_EVENTS) return;
    this.#collected.push({
      event: name.slice(name.indexOf("/") + 1),
      // No profile of a person, and no place from the address of the request.
      properties: { ...data, $process_person_profile: false, $geoip_disable: true },
      timestamp: new Date().toISOString(),
      uuid: randomUUID(),
    });
    this.#collecting ??= startDeadline(COLLECT_MS, () => void this.flush());
  }

  /** Forgets what was not sent yet. */
  clear(): void {
    this.#collected = [];
    void this.#collecting?.dispose();
    this.#collecting = undefined;
  }

  /** Forgets what was not sent yet, and takes nothing more: the user does not want it to be sent. */
  abandon(): void {
    this.#isAbandoned = true;
    this.clear();
  }

  /** Sends what was collected. Never rejects. */
  flush(): Promise<void> {
    const batch = this.#collected;
    this.clear();
    if (batch.length > 0) this.#posting = Promise.all([this.#posting, this.#post(batch)]).then(() => undefined);
    return this.#posting;
  }

  dispose(): Promise<void> {
    return this.flush();
  }

  async #post(batch: readonly Collected[]): Promise<void> {
    const { url, projectKey, distinctId, logger } = this.#options;
    const store = new DisposableStore();
    const late = new AbortController();
    store.add(startDeadline(POST_MS, () => late.abort()));
    try {
      const id = await distinctId();
      const identified = batch.map((event) => ({ ...event, distinct_id: id }));
      const body = JSON.stringify({ api_key: projectKey, batch: identified, sent_at: new Date().toISOString() });
      const headers = { "content-type": "application/json" };
      const request = { method: "POST", headers, body, signal: late.signal };
      const response = await fetch(new URL("batch/", url), { ...request, redirect: "error" });
      await response.body?.cancel();
      if (!response.ok) logger.debug("The analytics server has rejected events", { status: response.status });
    } catch (error) {
      logger.debug("Analytics were not sent", {
        isLate: late.signal.aborted,
        name: error instanceof Error && error.name,
      });
    } finally {
      await store.dispose();
    }
  }
}
