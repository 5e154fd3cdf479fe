import type { Principal } from "./principal.ts";

/** Finds principals by their tokens, other than the owner. */
export interface Authenticator {
  /**
   * Returns the principal of a token, or undefined for a token that is unknown, revoked or expired. Returns a promise only
   * if it must wait, for the keys of an issuer.
   */
  authenticate(token: string): Principal | undefined | Promise<Principal | undefined>;
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
  };
}
