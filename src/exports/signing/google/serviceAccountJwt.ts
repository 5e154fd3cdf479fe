import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { DeliveryFailure } from "../../delivery/destination.ts";
import type { ServiceAccount } from "./credentialFile.ts";

/** Life of a JWT in seconds: the longest that Google allows. */
export const JWT_SECONDS = 3600;

/**
 * Signs claims in the name of a service account (RS256), with the time.
 * @param at milliseconds of the Unix epoch
 * @throws DeliveryFailure `blocked` if its key is none
 */
export function serviceAccountJwt(
  { client_email: email, private_key: pem, private_key_id: keyId }: ServiceAccount,
  claims: Readonly<Record<string, string>>,
  at: number,
): string {
  const iat = Math.floor(at / 1000);
  const header = { alg: "RS256", typ: "JWT", ...(keyId !== undefined && { kid: keyId }) };
  const text = [header, { iss: email, ...claims, iat, exp: iat + JWT_SECONDS }].map(encoded).join(".");
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), privateKey(pem, email)).toString("base64url")}`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

function privateKey(pem: string, email: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "rsa") return key;
  } catch {
    // The error of OpenSSL says nothing that helps.
  }
  const advice = "Download its key file again.";
  throw new DeliveryFailure("blocked", `The private key of the service account ${email} is not an RSA key. ${advice}`);
}
