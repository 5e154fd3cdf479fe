import { generateKeyPairSync, type KeyObject } from "node:crypto";

/** A service account of Google with a new key. */
export interface TestServiceAccount {
  /** The contents of its key file. */
  readonly secret: string;
  readonly publicKey: KeyObject;
}

export function serviceAccount(): TestServiceAccount {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const secret = JSON.stringify({
    type: "service_account",
    client_email: "exports@kiro.iam.gserviceaccount.com",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    private_key_id: "key-1",
  });
  return { secret, publicKey };
}
