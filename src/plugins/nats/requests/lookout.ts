import { RunOnce } from "../../../base/runOnce.ts";
import type { Disposable } from "../../../base/disposables.ts";
import type { NatsLink } from "../link.ts";
import type { Subjects } from "../subjects.ts";

const EVERY_MS = 400;
const ANSWER_MS = 5000;
const NO_RESPONDERS = 503;

export interface LookoutDeps {
  readonly link: NatsLink;
  readonly subjects: Subjects;
}

interface Watching {
  /** The clients that requests wait for. */
  watched(): ReadonlySet<string>;
  onGone(client: string): void;
}

/**
 * Notices clients that disappear while requests wait for them: their subscription is gone with their connection, which
 * the server says at once. A client that is only slow keeps it.
 */
export class Lookout implements Disposable {
  readonly #deps: LookoutDeps;
  readonly #watching: Watching;
  readonly #asked = new Set<string>();
  readonly #round = new RunOnce(() => this.#ask(), EVERY_MS);

  constructor(deps: LookoutDeps, watching: Watching) {
    this.#deps = deps;
    this.#watching = watching;
  }

  /** Looks after the clients for as long as requests wait for them. */
  watch(): void {
    this.#round.schedule();
  }

  dispose(): void {
    this.#round.dispose();
  }

  #ask(): void {
    this.#round.dispose();
    const clients = this.#watching.watched();
    for (const client of clients) if (!this.#asked.has(client)) void this.#askOne(client);
    if (clients.size > 0) this.#round.schedule();
  }

  async #askOne(client: string): Promise<void> {
    const { link, subjects } = this.#deps;
    this.#asked.add(client);
    try {
      await link.connection?.request(subjects.ofPresence(client), "", { timeout: ANSWER_MS });
    } catch (error) {
      if (isNoResponders(error)) this.#watching.onGone(client);
    } finally {
      this.#asked.delete(client);
    }
  }
}

/** The client's own class of errors is in a bundle that is loaded late. */
function isNoResponders(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("isNoResponders" in error && typeof error.isNoResponders === "function") return Boolean(error.isNoResponders());
  return "code" in error && error.code === NO_RESPONDERS;
}
