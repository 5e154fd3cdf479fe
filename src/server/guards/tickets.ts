import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Ticket } from "../../protocol/tickets.ts";

/** How long a ticket may be used, in milliseconds (docs/wire-contract.md#13-token). */
export const TICKET_MS = 30_000;
/** More than these at the same time are not kept; the oldest leave. */
const MAX_TICKETS = 1000;

interface Issued {
  readonly digest: Buffer;
  readonly expiresAt: number;
}

/**
 * Tickets stand in for the token where only a URL can be given: for one WebSocket or one event stream of a browser.
 * Each is good for one use within 30 s. They are kept and compared as SHA-256, in constant time.
 */
export class Tickets {
  /** Oldest first. */
  #issued: Issued[] = [];

  issue(now = Date.now()): Ticket {
    const ticket = randomBytes(32).toString("base64url");
    const expiresAt = now + TICKET_MS;
    this.#issued = this.#issued.filter((issued) => issued.expiresAt > now).slice(1 - MAX_TICKETS);
    this.#issued.push({ digest: digestOf(ticket), expiresAt });
    return { ticket, expiresAt: new Date(expiresAt).toISOString() };
  }

  /** Uses a ticket up. @returns whether it was good. */
  redeem(ticket: string, now = Date.now()): boolean {
    const digest = digestOf(ticket);
    let found = -1;
    for (const [at, issued] of this.#issued.entries()) if (timingSafeEqual(issued.digest, digest)) found = at;
    const [used] = found < 0 ? [] : this.#issued.splice(found, 1);
    return used !== undefined && used.expiresAt > now;
  }

  /** Voids all: the token that they were bought with is no longer good. */
  clear(): void {
    this.#issued = [];
  }
}

function digestOf(ticket: string): Buffer {
  return createHash("sha256").update(ticket).digest();
}
