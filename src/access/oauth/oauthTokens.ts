import { hash, randomBytes } from "node:crypto";

const FORM = /^kb([ar])_([a-z\d]{12})_[\w-]{43}$/;

/** The parts of an OAuth token: `kba_<grant>_<secret>` for access, `kbr_…` to refresh it. */
export interface OAuthTokenParts {
  readonly kind: "access" | "refresh";
  /** The ID of the client in the list of clients. */
  readonly grant: string;
}

/** Creates a token with 256 random bits. */
export function newOAuthToken(kind: OAuthTokenParts["kind"], grant: string): string {
  return `${kind === "access" ? "kba" : "kbr"}_${grant}_${randomBytes(32).toString("base64url")}`;
}

/** Splits a token. @returns undefined for any other token */
export function oauthPartsOf(token: string): OAuthTokenParts | undefined {
  const [, kind, grant = ""] = FORM.exec(token) ?? [];
  return kind === undefined ? undefined : { kind: kind === "a" ? "access" : "refresh", grant };
}

/** Returns what is stored of a token. */
export function saltedHash(salt: string, token: string): string {
  return hash("sha256", salt + token, "base64url");
}
