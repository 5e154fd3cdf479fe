import type { ServerResponse } from "node:http";
import { startDeadline } from "../../base/deadline.ts";
import { ownTurn } from "../../base/ownTurn.ts";
import { BridgeError } from "../../protocol/errors.ts";

/** Size up to which a response is always sent: errors, and most results. In bytes, or characters before encoding. */
export const SMALL_ANSWER = 64 * 1024;

export interface UnsentLimits {
  /** Maximum number of unread bytes of large responses, over all connections. */
  readonly maxBytes: number;
  /** Timeout in milliseconds for a response that waits for room. */
  readonly waitMs: number;
}

export const defaultUnsentLimits: UnsentLimits = { maxBytes: 64 * 1024 * 1024, waitMs: 60_000 };

/**
 * Bounds unread responses: one may have 26 MiB, and a client may never read it. Above the limit, a large response is
 * rejected if the request can be repeated, and waits if it has executed something. Clients that read nothing are
 * disconnected (`HttpListener`), which makes room.
 */
export class UnsentAnswers {
  readonly #limits: UnsentLimits;
  readonly #waiting = new Set<(hasRoom: boolean) => void>();
  #bytes = 0;
  #isAdmitting = false;

  constructor(limits: Partial<UnsentLimits> = {}) {
    this.#limits = { ...defaultUnsentLimits, ...limits };
  }

  get hasRoom(): boolean {
    return this.#bytes < this.#limits.maxBytes;
  }

  /** @throws BridgeError RATE_LIMIT_EXCEEDED for a large response if there is no room */
  assertRoomFor(bytes: number): void {
    if (bytes <= SMALL_ANSWER || this.hasRoom) return;
    throw new BridgeError("RATE_LIMIT_EXCEEDED", "Clients have too many unread responses. Try again later.");
  }

  /** Counts a response passed to Node until it is sent or aborted. */
  holdUntilSent(response: ServerResponse, bytes: number): void {
    response.once("close", this.hold(bytes));
  }

  /** Counts unsent bytes. @returns a function to call once when they are sent */
  hold(bytes: number): () => void {
    this.#bytes += bytes;
    return () => {
      this.#bytes -= bytes;
      this.#admitNext();
    };
  }

  /** Admits one response per turn of the event loop, because they are large. */
  #admitNext(): void {
    if (this.#isAdmitting || this.#waiting.size === 0 || !this.hasRoom) return;
    this.#isAdmitting = true;
    void ownTurn().then(() => {
      this.#isAdmitting = false;
      const [act] = this.#waiting;
      if (this.hasRoom) act?.(true);
      this.#admitNext();
    });
  }

  /** Calls back once, when there is room or on timeout, in FIFO order. */
  whenRoom(act: (hasRoom: boolean) => void): void {
    const once = (hasRoom: boolean): void => {
      if (!this.#waiting.delete(once)) return;
      void deadline.dispose();
      act(hasRoom);
    };
    const deadline = startDeadline(this.#limits.waitMs, () => once(false));
    this.#waiting.add(once);
  }
}
