import { createHmac, randomBytes } from "node:crypto";
import { membersOf } from "./members.ts";
import { messageOf } from "../../protocol/errors.ts";

/** Long enough for an editor that is busy. */
const PROBE_MS = 5_000;

/** The program that listens at an address. */
export type Listener =
  | { readonly kind: "nothing"; readonly why: string }
  /** Another program, or one that does not have the published token. */
  | { readonly kind: "stranger"; readonly why: string }
  /** A bridge that rejects the name in the address. */
  | { readonly kind: "wrong-host" }
  | {
      readonly kind: "bridge";
      /** `starting`, `stopping` or `window_disconnected`, if it is not healthy. */
      readonly reason: string | undefined;
      /** Its clock less ours, in milliseconds. */
      readonly clockSkewMs: number;
    };

/**
 * Finds out who listens at an address, without a token (docs/wire-contract.md#14-is-it-the-bridge).
 * @param token the published token, which the bridge has to prove
 */
export async function probe(url: string, token: string | undefined, signal: AbortSignal): Promise<Listener> {
  const challenge = randomBytes(24).toString("base64url");
  const started = Date.now();
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(`/health?challenge=${challenge}`, url), {
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]),
    });
    text = (await response.text()).slice(0, 100_000);
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return { kind: "nothing", why: messageOf(cause) || String(cause) };
  }
  const { status, timestamp, reason, proof, code, context } = membersOf(text);
  if (response.status === 403 && code === "ACCESS_DENIED" && membersOf(context)["rule"] === "host")
    return { kind: "wrong-host" };
  if ((status !== "healthy" && status !== "unhealthy") || typeof timestamp !== "string")
    return { kind: "stranger", why: `it answered with HTTP ${response.status}, not as a bridge does` };
  if (token !== undefined && proof !== undefined && proof !== proofOf(token, challenge, new URL(url).host))
    return { kind: "stranger", why: "it cannot prove that it has the published token" };
  // The middle of the request: what the way takes is no difference of the clocks.
  const clockSkewMs = Date.parse(timestamp) - (started + Date.now()) / 2;
  return { kind: "bridge", reason: typeof reason === "string" ? reason : undefined, clockSkewMs };
}

function proofOf(token: string, challenge: string, authority: string): string {
  return createHmac("sha256", token).update(`kiro-bridge health\n${challenge}\n${authority}`).digest("base64url");
}
