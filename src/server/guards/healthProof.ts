import { createHmac } from "node:crypto";

/**
 * Computes the proof that a bridge sends before a client sends it the token: it already has the token, and it listens
 * at this address. Another program at the former address of a bridge cannot compute the proof, nor relay the challenge
 * to a bridge at another address. The first line separates domains: the proof has no meaning in other protocols.
 * @param authority host and port, as in the `url` of the discovery file
 */
export function healthProof(token: string | Buffer, challenge: string, authority: string): string {
  return createHmac("sha256", token).update(`kiro-bridge health\n${challenge}\n${authority}`).digest("base64url");
}
