import { createHash, createHmac, randomBytes } from "node:crypto";
import { membersOf } from "./members.ts";
import { readStart } from "./readStart.ts";
import { messageOf } from "../../protocol/errors.ts";

/** Long enough for an editor that is busy. */
const PROBE_MS = 5_000;

/** The program that listens at an address. */
export type Listener =
  | { readonly kind: "nothing"; readonly why: string }
  /** Another program. */
  | { readonly kind: "stranger"; readonly why: string }
  /** A program that answers too many requests, perhaps a bridge. */
  | { readonly kind: "busy" }
  /** A bridge that rejects the name in the address. */
  | { readonly kind: "wrong-host" }
  | {
      readonly kind: "bridge";
      /** True if it has proved that it has the token. */
      readonly isProven: boolean;
      /** `starting`, `stopping` or `window_disconnected`, if it is not healthy. */
      readonly reason: string | undefined;
      /** Its clock less ours, in milliseconds. */
      readonly clockSkewMs: number;
    };

/**
 * Finds out who listens at an address, without a token (docs/wire-contract.md#14-is-it-the-bridge).
 * @param token the token that the bridge has to prove: the published one, or one of a client; none for others
 */
export async function probe(url: string, token: string | undefined, signal: AbortSignal): Promise<Listener> {
  const challenge = randomBytes(24).toString("base64url");
  const started = Date.now();
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(`/health?challenge=${challenge}${clientOf(token)}`, url), {
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]),
    });
    text = await readStart(response.body);
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return { kind: "nothing", why: messageOf(cause) || String(cause) };
  }
  const health = membersOf(text);
  const { status, timestamp, reason } = health;
  if (response.status === 403 && membersOf(health["context"])["rule"] === "host") return { kind: "wrong-host" };
  if (response.status === 429) return { kind: "busy" };
  if ((status !== "healthy" && status !== "unhealthy") || typeof timestamp !== "string")
    return { kind: "stranger", why: `it answered with HTTP ${response.status}, not as a bridge does` };
  // The middle of the request: what the way takes is no difference of the clocks.
  const clockSkewMs = Date.parse(timestamp) - (started + Date.now()) / 2;
  const isProven = token !== undefined && proves(health, { token, challenge, authority: new URL(url).host });
  return { kind: "bridge", isProven, reason: typeof reason === "string" ? reason : undefined, clockSkewMs };
}

/** The token of a client that was let in: its ID and its secret. */
const CLIENT_TOKEN = /^kbt_([^_]+)_(.+)$/;

function clientOf(token: string | undefined): string {
  const [, client] = CLIENT_TOKEN.exec(token ?? "") ?? [];
  return client === undefined ? "" : `&client=${encodeURIComponent(client)}`;
}

interface Challenge {
  readonly token: string;
  readonly challenge: string;
  readonly authority: string;
}

function proves(health: Readonly<Record<string, unknown>>, { token, challenge, authority }: Challenge): boolean {
  const [, , secret] = CLIENT_TOKEN.exec(token) ?? [];
  const { salt, proof: clientProof } = membersOf(health["clientProof"]);
  // As the bridge does: it keeps no tokens of clients, but their hashes.
  const key = secret === undefined ? token : hash(`${String(salt)}${secret}`);
  const expected = createHmac("sha256", key)
    .update(`kiro-bridge health\n${challenge}\n${authority}`)
    .digest("base64url");
  return expected === (secret === undefined ? health["proof"] : clientProof);
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
