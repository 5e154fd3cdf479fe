import { hash, randomBytes } from "node:crypto";
import type { PairAsk, PairPoll, Pairings } from "../pairings.ts";
import type { IssuedTokens, OAuthGrants } from "./oauthGrants.ts";

/** Lifetime of an authorization code in milliseconds, after the browser has received it. */
export const CODE_MS = 60_000;
/** More than there can be pairing requests that are remembered. */
const MAX_AUTHORIZATIONS = 60;

/** The request of a client, valid and as it was sent. */
export interface AuthorizationAsk {
  /** Identifies the request, so that reloading the page does not ask the user again. */
  readonly key: string;
  /** The address that the client knows as the issuer. */
  readonly issuer: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly code: string;
  readonly codeChallenge: string;
}

/** The state of a code. `issued`: the browser has received it, until `endsAt` by the monotonic clock. */
type CodeState =
  | { readonly kind: "withheld" }
  | { readonly kind: "issued"; readonly endsAt: number }
  | { readonly kind: "used"; readonly grant?: string }
  | { readonly kind: "reused" };

/** One authorization: from the request of the client to the exchange of its code. */
export interface Authorization {
  readonly ask: AuthorizationAsk;
  /** Names it in the address of the page that the browser shows. */
  readonly handle: string;
  readonly poll: PairPoll;
  code: CodeState;
}

/** The authorizations of this window, in memory: they live for a few minutes. */
export class Authorizations {
  readonly #pairings: Pick<Pairings, "ask" | "poll">;
  readonly #grants: Pick<OAuthGrants, "create" | "revoke">;
  /** By their handles, oldest first. */
  readonly #all = new Map<string, Authorization>();

  constructor(pairings: Pick<Pairings, "ask" | "poll">, grants: Pick<OAuthGrants, "create" | "revoke">) {
    this.#pairings = pairings;
    this.#grants = grants;
  }

  /**
   * Asks the user, unless the same request waits already. Another request of the same client takes the place of its earlier
   * one: the program has started again.
   * @throws BridgeError RATE_LIMIT_EXCEEDED if too many programs wait for the user
   */
  begin(ask: AuthorizationAsk, wishes: PairAsk): Authorization {
    const waiting = [...this.#all.values()].find(
      ({ ask: { key }, poll }) => key === ask.key && poll.state.kind === "pending",
    );
    if (waiting !== undefined) return waiting;
    for (const earlier of this.#all.values()) if (earlier.ask.clientId === ask.clientId) earlier.poll.withdraw();
    const poll = this.#pairings.poll(this.#pairings.ask(wishes).secret);
    const handle = randomBytes(24).toString("base64url");
    const authorization: Authorization = { ask, handle, poll, code: { kind: "withheld" } };
    this.#all.set(handle, authorization);
    for (const oldest of this.#all.keys()) {
      if (this.#all.size <= MAX_AUTHORIZATIONS) break;
      this.#all.delete(oldest);
    }
    return authorization;
  }

  find(handle: string): Authorization | undefined {
    return this.#all.get(handle);
  }

  /** Returns the code of an authorization that the user has allowed, for its browser. */
  release(authorization: Authorization): string {
    if (authorization.code.kind === "withheld")
      authorization.code = { kind: "issued", endsAt: performance.now() + CODE_MS };
    return authorization.ask.code;
  }

  /** Finds the authorization of a code that can be exchanged. A code that was used before revokes what it led to. */
  async ofCode(code: string): Promise<Authorization | undefined> {
    const wanted = digestOf(code);
    const found = [...this.#all.values()].find(({ ask }) => digestOf(ask.code) === wanted);
    if (found === undefined || found.code.kind === "withheld") return undefined;
    if (found.code.kind !== "issued") {
      await this.#reuse(found);
      return undefined;
    }
    return performance.now() < found.code.endsAt ? found : undefined;
  }

  /** Uses the code up. @returns false if it was used before */
  async use(authorization: Authorization): Promise<boolean> {
    if (authorization.code.kind === "issued") {
      authorization.code = { kind: "used" };
      return true;
    }
    await this.#reuse(authorization);
    return false;
  }

  /** Lets the client in, with the scopes that the user has allowed. @returns undefined if the user no longer allows it */
  async exchange(authorization: Authorization): Promise<IssuedTokens | undefined> {
    let issued: IssuedTokens | undefined;
    await authorization.poll.collect(async ({ client }) => {
      issued = await this.#grants.create(client.id, authorization.ask.clientId, client.scopes);
      // Changed meanwhile by another request with the same code.
      if (wasReused(authorization)) {
        issued = undefined;
        return false;
      }
      authorization.code = { kind: "used", grant: client.id };
      return true;
    });
    return issued;
  }

  async #reuse(authorization: Authorization): Promise<void> {
    const { code } = authorization;
    authorization.code = { kind: "reused" };
    if (code.kind === "used" && code.grant !== undefined) await this.#grants.revoke(code.grant);
  }
}

function wasReused({ code }: Authorization): boolean {
  return code.kind === "reused";
}

function digestOf(code: string): string {
  return hash("sha256", code, "base64url");
}
