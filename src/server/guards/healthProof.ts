import { createHmac } from "node:crypto";

/**
 * What a bridge proves before it is given the token: that it has it already, and that it is the one at this address. A stranger
 * who listens where a bridge has been can not answer, and can not pass the question on to a bridge at another address. The
 * first line keeps the answer from meaning anything elsewhere.
 * @param authority host and port, as they stand in the `url` of the discovery file
 */
export function healthProof(token: string | Buffer, challenge: string, authority: string): string {
  return createHmac("sha256", token).update(`kiro-bridge health\n${challenge}\n${authority}`).digest("base64url");
}
