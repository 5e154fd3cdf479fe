import * as z from "zod";
import { CachedKey, type FetchedKey } from "../../../core/credentials/cachedKey.ts";
import { DeliveryFailure } from "../../delivery/destination.ts";
import { type AuthorizedSend, authorizedSend } from "../authorizedSend.ts";
import { refuseReadable } from "../bearer.ts";
import { onSecretChange, secretAt, secretVariableSchema } from "../destinationSecret.ts";
import type { SigningPorts } from "../ports.ts";
import { entraAuthSchema, entraSend } from "./entraTokens.ts";
import { signSharedKey } from "./sharedKey.ts";

const SCOPE = "https://storage.azure.com/.default";

/** The way into a storage account of Azure. What it needs is the secret of the destination, or in a variable. */
export const storageAuthSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("key").describe("The key of the account, or its connection string."),
    variable: secretVariableSchema,
  }),
  z.strictObject({
    kind: z.literal("sas").describe("A shared access signature: its query, or an address with it."),
    variable: secretVariableSchema,
  }),
  entraAuthSchema,
]);

export type StorageAuth = z.infer<typeof storageAuthSchema>;

/** Creates a `Send` with the key, signature or token of a storage account. */
export function storageSend(auth: StorageAuth, account: string, ports: SigningPorts): AuthorizedSend {
  switch (auth.kind) {
    case "key":
      return authorizedSend({
        keys: kept(auth, "account key", (text) => accountKeyIn(text, ports.name), ports),
        send: ports.send,
        authorize: (request, key) => signSharedKey(request, { account, key }, ports.now()),
        isRejected: ({ status }) => status === 401 || status === 403,
      });
    case "sas":
      return authorizedSend({
        keys: kept(auth, "shared access signature", (text) => signatureIn(text, ports), ports),
        send: ports.send,
        authorize: (request, signature) => {
          refuseReadable(request.url);
          const url = new URL(request.url);
          url.search = [url.search.slice(1), signature].filter((part) => part !== "").join("&");
          return { ...request, url };
        },
        isRejected: ({ status }) => status === 401 || status === 403,
      });
    default:
      return entraSend(auth, SCOPE, ports);
  }
}

function kept(
  place: Exclude<StorageAuth, { kind: "entra" }>,
  what: string,
  keyIn: (text: string) => string,
  ports: SigningPorts,
): CachedKey {
  const read = async (): Promise<FetchedKey> => ({ key: keyIn(await secretAt(place, what, ports)) });
  return new CachedKey({ read, hide: ports.hide, onDidChange: (listener) => onSecretChange(ports, listener) });
}

function accountKeyIn(text: string, name: string): string {
  const key = /(?:^|;)\s*AccountKey=([^;]*)/i.exec(text)?.[1]?.trim() ?? text;
  if (/^[A-Za-z0-9+/]{16,}={0,2}$/.test(key)) return key;
  const sentence = `The secret of the destination '${name}' is neither the key of a storage account nor its connection string.`;
  throw new DeliveryFailure("blocked", sentence);
}

function signatureIn(text: string, { name, hide }: SigningPorts): string {
  const signature = (/(?:^|;)\s*SharedAccessSignature=([^;]*)/i.exec(text)?.[1] ?? text).replace(/^[^?]*\?/, "").trim();
  const secret = new URLSearchParams(signature).get("sig");
  if (secret !== null && /^[\x21-\x7e]+$/.test(signature)) {
    hide(secret);
    return signature;
  }
  throw new DeliveryFailure(
    "blocked",
    `The secret of the destination '${name}' is not a shared access signature (SAS).`,
  );
}
