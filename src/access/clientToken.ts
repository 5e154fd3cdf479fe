import { hash, randomBytes, randomInt, timingSafeEqual } from "node:crypto";

const PREFIX = "kbt_";
const ID_LENGTH = 12;
const SECRET_BYTES = 32;
const SECRET_LENGTH = 43;
const SECRET_AT = PREFIX.length + ID_LENGTH + 1;
export const CLIENT_ID = /^[a-z\d]{12}$/;
const ID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** A secret as stored: nobody can compute the token from it (docs/decisions/access-tokens.md#salted-sha-256). */
export interface StoredSecret {
  /** 128 random bits, as base64url. */
  readonly salt: string;
  /** SHA-256 of salt and secret, as base64url. */
  readonly hash: string;
}

/** The parts of a token `kbt_<ID>_<secret>`. */
export interface TokenParts {
  readonly id: string;
  readonly secret: string;
}

/** Generates the ID of a client: 62 random bits. */
export function newClientId(): string {
  return Array.from({ length: ID_LENGTH }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join("");
}

/** Generates a token with 256 random bits, and what is stored of it. */
export function newClientToken(id: string): { readonly token: string; readonly stored: StoredSecret } {
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  const salt = randomBytes(16).toString("base64url");
  return { token: `${PREFIX}${id}_${secret}`, stored: { salt, hash: digestOf(salt, secret).toString("base64url") } };
}

/** Splits a token. @returns undefined for anything that is not a token of a client */
export function partsOf(token: string): TokenParts | undefined {
  if (token.length !== SECRET_AT + SECRET_LENGTH || !token.startsWith(PREFIX) || token[SECRET_AT - 1] !== "_")
    return undefined;
  return { id: token.slice(PREFIX.length, SECRET_AT - 1), secret: token.slice(SECRET_AT) };
}

/** Known to the bridge, and to a client that has the secret and gets the salt. */
export interface ProofKey {
  readonly salt: string;
  /** SHA-256 of salt and secret. */
  readonly key: Buffer;
}

/**
 * Compares secrets in constant time. The secret that was right once is kept in memory, so that the next comparison needs no
 * hash, which would be 5 % of a small request.
 */
export class SecretCheck {
  readonly #salt: string;
  readonly #digest: Buffer;
  #accepted: Buffer | undefined;

  constructor(stored: StoredSecret) {
    this.#salt = stored.salt;
    this.#digest = Buffer.from(stored.hash, "base64url");
  }

  get key(): ProofKey {
    return { salt: this.#salt, key: this.#digest };
  }

  accepts(secret: string): boolean {
    const presented = Buffer.from(secret);
    if (this.#accepted !== undefined && isEqual(presented, this.#accepted)) return true;
    const isRight = isEqual(digestOf(this.#salt, secret), this.#digest);
    if (isRight) this.#accepted = presented;
    return isRight;
  }
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function digestOf(salt: string, secret: string): Buffer {
  return hash("sha256", salt + secret, "buffer");
}
