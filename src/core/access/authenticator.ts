import { DisposableStore } from "../../base/disposables.ts";
import type { Event } from "../../base/events.ts";
import type { Principal } from "./principal.ts";

/** Finds principals by their tokens, other than the owner. */
export interface Authenticator {
  /**
   * Returns the principal of a token, or undefined for a token that is unknown, revoked or expired. Returns a promise only
   * if it must wait, for the keys of an issuer.
   */
  authenticate(token: string): Principal | undefined | Promise<Principal | undefined>;
  /** Fires when the access of a principal was revoked or has expired, after its `isActive` has become false. */
  readonly onDidEnd?: Event<Principal>;
}

/** Knows no principals. */
export const ownerOnly: Authenticator = { authenticate: () => undefined };

/** Asks authenticators in order. Their tokens have different forms, so that the first one that knows a token decides. */
export function firstOf(authenticators: readonly Authenticator[]): Authenticator {
  return {
    authenticate: (token) => {
      for (const authenticator of authenticators) {
        const found = authenticator.authenticate(token);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    onDidEnd: (listener) => {
      const store = new DisposableStore();
      for (const { onDidEnd } of authenticators) if (onDidEnd !== undefined) store.add(onDidEnd(listener));
      return store;
    },
  };
}
