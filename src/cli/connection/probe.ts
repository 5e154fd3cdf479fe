import { isProof, newChallenge } from "../../client/discovery/proof.ts";
import { failureOf, objectOf } from "../../client/http/failure.ts";
import { messageOf } from "../../protocol/errors.ts";
import { readStart } from "./readStart.ts";

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
  const challenge = newChallenge(token);
  const started = Date.now();
  let response: Response;
  let text: string;
  try {
    const { client, ...rest } = challenge;
    const query = new URLSearchParams({ ...rest, ...(client !== undefined && { client }) });
    response = await fetch(new URL(`/health?${query.toString()}`, url), {
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]),
    });
    text = await readStart(response.body);
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return { kind: "nothing", why: messageOf(cause) || String(cause) };
  }
  const health = objectOf(text) ?? {};
  const { status, timestamp, reason } = health;
  if (response.status === 403 && failureOf(response, text).context?.["rule"] === "host") return { kind: "wrong-host" };
  if (response.status === 429) return { kind: "busy" };
  if ((status !== "healthy" && status !== "unhealthy") || typeof timestamp !== "string")
    return { kind: "stranger", why: `it answered with HTTP ${response.status}, not as a bridge does` };
  // The middle of the request: what the way takes is no difference of the clocks.
  const clockSkewMs = Date.parse(timestamp) - (started + Date.now()) / 2;
  const isProven = token !== undefined && (await isProof(health, { url, token, challenge }));
  return { kind: "bridge", isProven, reason: typeof reason === "string" ? reason : undefined, clockSkewMs };
}
