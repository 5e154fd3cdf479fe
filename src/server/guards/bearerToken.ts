import { hash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { BridgeError } from "../../protocol/errors.ts";
import { healthProof } from "./healthProof.ts";

/** RFC 6750 §2.1, `b64token`: a single token, in ASCII. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const SUBPROTOCOL_PREFIX = "bearer.";
const TOKEN_IN_QUERY = /[?&](?:token|(?:x-)?api[_-]?key|access_token|bearer)=/i;
/** The value of a header that has a token and nothing else. */
const PLAIN = /^[A-Za-z0-9\-._~+/]+=*$/;
/** The headers by which clients of Anthropic and Azure send it, and the paths where they do. */
const keyHeaders = ["x-api-key", "api-key"] as const;
const KEY_PATHS = /^\/(?:v1|openai)\//;

/** The access token. Compared in constant time; can be replaced while in use. */
export class BearerToken {
  #bytes: Buffer;
  #id: string;

  constructor(token: string) {
    this.#bytes = Buffer.from(token);
    this.#id = idOf(token);
  }

  /** Identifies the token without revealing it. */
  get id(): string {
    return this.#id;
  }

  /** Replaces the token. The old one is no longer accepted. */
  rotate(token: string): void {
    this.#bytes = Buffer.from(token);
    this.#id = idOf(token);
  }

  /** Computes the proof of the token; see `healthProof`. */
  prove(challenge: string, authority: string): string {
    return healthProof(this.#bytes, challenge, authority);
  }

  /**
   * Compares tokens. The timing reveals at most the length of a token, which is no secret
   * (docs/wire-contract.md#13-token).
   */
  accepts(presented: string): boolean {
    if (presented.length !== this.#bytes.length) return false;
    const bytes = Buffer.from(presented);
    return bytes.length === this.#bytes.length && timingSafeEqual(bytes, this.#bytes);
  }
}

/**
 * Reads the token from the `Authorization` header or, on the paths of other vendors' APIs, from `x-api-key` or `api-key`, which
 * do not matter if there is an `Authorization`.
 * @param hint says how to get a token, if not in the usual way
 * @throws BridgeError AUTHENTICATION_FAILED if there is none, more than one, an invalid one, or one in the URL
 */
export function tokenOf(request: IncomingMessage, hint?: string): string {
  const { url = "", headers, rawHeaders } = request;
  assertNotInUrl(url);
  const { authorization } = headers;
  const isKey = authorization === undefined && KEY_PATHS.test(url);
  const token = isKey ? keyOf(request) : BEARER.exec(authorization ?? "")?.[1];
  if (token === undefined || isRepeated(rawHeaders, "authorization"))
    throw new BridgeError("AUTHENTICATION_FAILED", hint);
  return token;
}

/** Returns the token of the headers for keys; undefined if there is none, or several that differ. */
function keyOf({ headers, rawHeaders }: IncomingMessage): string | undefined {
  const sent = keyHeaders.filter((name) => headers[name] !== undefined);
  const values = new Set(sent.map((name) => String(headers[name])));
  const [value = ""] = values;
  return values.size === 1 && PLAIN.test(value) && !sent.some((name) => isRepeated(rawHeaders, name))
    ? value
    : undefined;
}

/**
 * Reads the token of an upgrade from the `Authorization` header or, because browsers cannot set it on a WebSocket, from
 * `Sec-WebSocket-Protocol: kiro-bridge, bearer.<token>`.
 * @throws BridgeError AUTHENTICATION_FAILED as `tokenOf` does
 */
export function upgradeTokenOf(request: IncomingMessage, hint?: string): string {
  if (request.headers.authorization !== undefined) return tokenOf(request, hint);
  assertNotInUrl(request.url ?? "");
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  const [protocol, ...others] = offered.filter((name) => name.startsWith(SUBPROTOCOL_PREFIX));
  if (protocol === undefined || others.length > 0) throw new BridgeError("AUTHENTICATION_FAILED", hint);
  return protocol.slice(SUBPROTOCOL_PREFIX.length);
}

/**
 * Returns true if a header was sent more than once. Node keeps the first value of some headers and silently drops the
 * others.
 */
export function isRepeated(rawHeaders: readonly string[], name: string): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const header = rawHeaders[at];
    if (header?.length === name.length && header.toLowerCase() === name) count++;
  }
  return count > 1;
}

/** Rejects tokens in URLs, which end up in logs and browser histories. */
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
