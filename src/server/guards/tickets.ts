import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Principal } from "../../core/access/principal.ts";
import type { Ticket } from "../../protocol/socket.ts";

/** Lifetime of a ticket in milliseconds (docs/wire-contract.md#13-token). */
export const TICKET_MS = 30_000;
/** Maximum number of valid tickets. The oldest are evicted. */
const MAX_TICKETS = 1000;

const EVENT_STREAMS = /^\/api\/kiro\/(?:(?:executions\/[^/?]+\/)?events|bus\/messages)(?:\?|$)/;
const TICKET = /[?&]ticket=([\w-]{1,100})(?:&|$)/;

interface Issued {
  readonly digest: Buffer;
  readonly principal: Principal;
  readonly expiresAt: number;
}

/**
 * Tickets replace the token where a browser can only pass a URL: for one WebSocket or one event stream. Each can be
 * used once, within 30 s. They are stored as SHA-256 hashes and compared in constant time.
 */
export class Tickets {
  /** Oldest first. */
  #issued: Issued[] = [];

  issue(principal: Principal, now = Date.now()): Ticket {
    const ticket = randomBytes(32).toString("base64url");
    const expiresAt = now + TICKET_MS;
    this.#issued = this.#issued.filter((issued) => issued.expiresAt > now).slice(1 - MAX_TICKETS);
    this.#issued.push({ digest: digestOf(ticket), principal, expiresAt });
    return { ticket, expiresAt: new Date(expiresAt).toISOString() };
  }

  /** Redeems a ticket. @returns the principal that it was issued to; undefined if it is unknown, used or expired */
  redeem(ticket: string, now = Date.now()): Principal | undefined {
    const digest = digestOf(ticket);
    let found = -1;
    for (const [at, issued] of this.#issued.entries()) if (timingSafeEqual(issued.digest, digest)) found = at;
    const [used] = found < 0 ? [] : this.#issued.splice(found, 1);
    return used !== undefined && used.expiresAt > now ? used.principal : undefined;
  }

  /** Revokes all tickets, because the token that they were issued for is no longer valid. */
  clear(): void {
    this.#issued = [];
  }
}

function digestOf(ticket: string): Buffer {
  return createHash("sha256").update(ticket).digest();
}

/** Returns true for requests that an EventSource may make: it cannot set headers, and authenticates by a ticket. */
export function isEventStream({ method, url = "" }: IncomingMessage): boolean {
  return method === "GET" && EVENT_STREAMS.test(url);
}

export function ticketOf({ url = "" }: IncomingMessage): string | undefined {
  return TICKET.exec(url)?.[1];
}
