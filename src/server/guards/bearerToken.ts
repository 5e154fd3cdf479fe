import { hash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { BridgeError } from "../../protocol/errors.ts";
import { healthProof } from "./healthProof.ts";

/** RFC 6750 §2.1, `b64token`: one token, ASCII alone. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const SUBPROTOCOL_PREFIX = "bearer.";
const TOKEN_IN_QUERY = /[?&](?:token|api_?key|access_token|bearer)=/i;

/** The secret which opens the door. It is compared in constant time, and can be replaced while in use. */
export class BearerToken {
  #bytes: Buffer;
  #id: string;

  constructor(token: string) {
    this.#bytes = Buffer.from(token);
    this.#id = idOf(token);
  }

  /** Names the token without telling it. */
  get id(): string {
    return this.#id;
  }

  /** From now on only the new token opens the door. */
  rotate(token: string): void {
    this.#bytes = Buffer.from(token);
    this.#id = idOf(token);
  }

  /** See `healthProof`. */
  prove(challenge: string, authority: string): string {
    return healthProof(this.#bytes, challenge, authority);
  }

  /** The time it takes tells the length of a token at most, which is no secret (docs/wire-contract.md#13-token). */
  accepts(presented: string): boolean {
    if (presented.length !== this.#bytes.length) return false;
    const bytes = Buffer.from(presented);
    return bytes.length === this.#bytes.length && timingSafeEqual(bytes, this.#bytes);
  }
}

/**
 * The token which a request presents in its `Authorization` header.
 * @throws BridgeError AUTHENTICATION_FAILED when there is none, more than one, one that cannot be a token, or one in the URL.
 */
export function tokenOf(request: IncomingMessage): string {
  assertNotInUrl(request.url ?? "");
  const token = BEARER.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined || isRepeated(request.rawHeaders, "authorization"))
    throw new BridgeError("AUTHENTICATION_FAILED");
  return token;
}

/**
 * The token of an upgrade: from the `Authorization` header, or, since browsers cannot set it on a WebSocket,
 * from `Sec-WebSocket-Protocol: kiro-bridge, bearer.<token>`.
 * @throws BridgeError AUTHENTICATION_FAILED as `tokenOf` does.
 */
export function upgradeTokenOf(request: IncomingMessage): string {
  if (request.headers.authorization !== undefined) return tokenOf(request);
  assertNotInUrl(request.url ?? "");
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  const [protocol, ...others] = offered.filter((name) => name.startsWith(SUBPROTOCOL_PREFIX));
  if (protocol === undefined || others.length > 0) throw new BridgeError("AUTHENTICATION_FAILED");
  return protocol.slice(SUBPROTOCOL_PREFIX.length);
}

/** Whether a header came more than once: Node keeps the first of some and drops the rest in silence. */
export function isRepeated(rawHeaders: readonly string[], name: string): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const header = rawHeaders[at];
    if (header?.length === name.length && header.toLowerCase() === name) count++;
  }
  return count > 1;
}

/** URLs end up in logs and histories. */
function assertNotInUrl(url: string): void {
  if (!TOKEN_IN_QUERY.test(url)) return;
  throw new BridgeError(
    "AUTHENTICATION_FAILED",
    "Send the token in the header 'Authorization: Bearer <token>', never in the URL.",
  );
}

function idOf(token: string): string {
  return hash("sha256", token, "base64url").slice(0, 16);
}
