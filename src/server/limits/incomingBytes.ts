import { effectiveLimits } from "../../core/access/limits.ts";
import type { Principal } from "../../core/access/principal.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { ByteBudget } from "./byteBudget.ts";

/** The bytes that one sender may have in flight. */
export interface IncomingShare {
  /** Reserves bytes. @returns the error, without reserving any, if they would exceed a limit */
  take(bytes: number): BridgeError | undefined;
  give(bytes: number): void;
}

/** Bounds the bytes of bodies and messages that are being received: of all clients together, and of each principal. */
export class IncomingBytes {
  readonly #all: ByteBudget;
  /** The principals that are sending. */
  readonly #byPrincipal = new Map<string, number>();

  /** Of senders without a limit of their own. */
  readonly #unlimited: IncomingShare = {
    take: (bytes) => (this.#all.tryTake(bytes) ? undefined : tooMuch()),
    give: (bytes) => this.#all.give(bytes),
  };

  constructor(maxBytes: number) {
    this.#all = new ByteBudget(maxBytes);
  }

  /** @param principal undefined for a request without a token */
  shareOf(principal: Principal | undefined): IncomingShare {
    const limit = principal === undefined ? Number.POSITIVE_INFINITY : effectiveLimits(principal).incomingBytes;
    if (principal === undefined || limit === Number.POSITIVE_INFINITY) return this.#unlimited;
    const { id } = principal;
    return {
      take: (bytes) => {
        const own = (this.#byPrincipal.get(id) ?? 0) + bytes;
        if (own > limit) return tooMuchOf(limit);
        if (!this.#all.tryTake(bytes)) return tooMuch();
        this.#byPrincipal.set(id, own);
        return undefined;
      },
      give: (bytes) => {
        this.#all.give(bytes);
        const own = (this.#byPrincipal.get(id) ?? 0) - bytes;
        if (own > 0) this.#byPrincipal.set(id, own);
        else this.#byPrincipal.delete(id);
      },
    };
  }
}

function tooMuch(): BridgeError {
  return new BridgeError("RATE_LIMIT_EXCEEDED", "Too much data is being received from all clients. Try again later.");
}

function tooMuchOf(limit: number): BridgeError {
  const message = `More than ${limit} bytes are being received from this client. Try again later.`;
  return new BridgeError("RATE_LIMIT_EXCEEDED", message, { limit });
}
