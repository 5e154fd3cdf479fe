import type { Logger } from "../../../base/logger.ts";
import { messageOf } from "../../../protocol/errors.ts";
import { pause } from "./pause.ts";
import type { Session } from "./session.ts";

const EVERY_MS = 10_000;
/** The server writes the state of a consumer to disk every 100 ms. */
const LAG_MS = 2000;

export interface TrimmingDeps {
  readonly session: (signal: AbortSignal) => Promise<Session>;
  readonly logger: Logger;
}

/**
 * Removes the messages that all consumers have acknowledged. The server would do so itself (retention by interest), but
 * then loses what is published while it ends, confirmed or not: it ends consumers before streams, and a stream without
 * consumers keeps nothing. And after a crash, it waits forever for the acknowledgement of a message that it has removed,
 * because it wrote the state of the consumer later. So a message is removed some time after its acknowledgement.
 */
export class Trimming {
  readonly #deps: TrimmingDeps;
  readonly #ended: AbortSignal;
  #round: Promise<void> | undefined;

  constructor(deps: TrimmingDeps, ended: AbortSignal) {
    this.#deps = deps;
    this.#ended = ended;
  }

  /** Trims until the end of the bus. Several bridges may do so at the same time. */
  async run(): Promise<void> {
    while (!this.#ended.aborted) {
      await pause(EVERY_MS, this.#ended);
      await this.soon();
    }
  }

  /** Trims once more, because the store is full. Never rejects. */
  soon(): Promise<void> {
    this.#round ??= this.#trim()
      .catch((error: unknown) => {
        if (this.#ended.aborted) return;
        this.#deps.logger.debug("Acknowledged messages could not be removed", { error: messageOf(error) });
      })
      .finally(() => (this.#round = undefined));
    return this.#round;
  }

  async #trim(): Promise<void> {
    const earlier = await this.#acknowledged();
    if (earlier === undefined) return;
    await pause(LAG_MS, this.#ended);
    // The server may have crashed meanwhile, and know of fewer acknowledgements.
    const later = await this.#acknowledged();
    if (later === undefined) return;
    const { manager, stream } = await this.#deps.session(this.#ended);
    await manager.streams.purge(stream, { seq: Math.min(earlier, later) + 1 });
  }

  /** Returns the number up to which no consumer needs messages; undefined if there are none. */
  async #acknowledged(): Promise<number | undefined> {
    const { manager, stream } = await this.#deps.session(this.#ended);
    const { state } = await manager.streams.info(stream);
    if (state.messages === 0) return undefined;
    let floor = state.last_seq;
    for await (const { ack_floor, num_pending, num_ack_pending } of manager.consumers.list(stream)) {
      if (num_pending + num_ack_pending > 0) floor = Math.min(floor, ack_floor.stream_seq);
    }
    return floor < state.first_seq ? undefined : floor;
  }
}
