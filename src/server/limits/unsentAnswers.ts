import type { ServerResponse } from "node:http";
import { startDeadline } from "../../base/deadline.ts";
import { ownTurn } from "../../base/ownTurn.ts";
import { BridgeError } from "../../protocol/errors.ts";

/** Answers up to this size are given whatever else waits: errors, and most results. In bytes, or characters before they are bytes. */
export const SMALL_ANSWER = 64 * 1024;

export interface UnsentLimits {
  /** How many bytes of large answers may wait for their clients to read them, over all connections. */
  readonly maxBytes: number;
  /** How long an answer waits for room, in milliseconds. */
  readonly waitMs: number;
}

export const defaultUnsentLimits: UnsentLimits = { maxBytes: 64 * 1024 * 1024, waitMs: 60_000 };

/**
 * Bounds what clients leave unread: an answer may have 26 MiB, and a client need not read it. Beyond the limit a large answer
 * is refused where the request can simply be sent again, and waits where something has been run for it. Connections
 * whose client takes nothing are hung up on (`HttpListener`), so there is room again.
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

  /** @throws BridgeError RATE_LIMIT_EXCEEDED for a large answer when there is no room */
  assertRoomFor(bytes: number): void {
    if (bytes <= SMALL_ANSWER || this.hasRoom) return;
    throw new BridgeError("RATE_LIMIT_EXCEEDED", "Clients have too many unread responses. Try again later.");
  }

  /** Counts an answer that was handed to Node, until it is sent or given up. */
  holdUntilSent(response: ServerResponse, bytes: number): void {
    response.once("close", this.hold(bytes));
  }

  /** Counts bytes that wait. @returns what to call, once, when they do not wait any more */
  hold(bytes: number): () => void {
    this.#bytes += bytes;
    return () => {
      this.#bytes -= bytes;
      this.#admitNext();
    };
  }

  /** Each in a turn of its own: their answers are large. */
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

  /** Calls back once, when there is room, or when that took too long. First come, first served. */
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
