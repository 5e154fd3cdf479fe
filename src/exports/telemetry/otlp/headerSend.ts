import { CachedKey, type FetchedKey } from "../../../core/credentials/cachedKey.ts";
import type { IncomingAnswer, OutgoingRequest } from "../../http/request.ts";
import { type AuthorizedSend, authorizedSend } from "../../signing/authorizedSend.ts";
import { withHeader } from "../../signing/bearer.ts";
import { onSecretChange, secretAt } from "../../signing/destinationSecret.ts";
import { headerSecrets } from "../../signing/headerSecrets.ts";
import type { SigningPorts } from "../../signing/ports.ts";

export interface HeaderKey {
  readonly header: string;
  /** Returns the value of the header. */
  readonly valueOf: (key: string) => string;
}

/** Writes a key as a token (RFC 6750). */
export const bearerKey: HeaderKey = { header: "authorization", valueOf: (key) => `Bearer ${key}` };

/** Writes `user:password` (RFC 7617). */
export const basicKey: HeaderKey = {
  header: "authorization",
  valueOf: (key) => `Basic ${Buffer.from(key).toString("base64")}`,
};

/** Creates a `Send` with a key in a header. @param place the variable of the key, if it is not the secret of the destination */
export function headerSend(
  place: { readonly variable?: string | undefined },
  { header, valueOf }: HeaderKey,
  ports: SigningPorts,
): AuthorizedSend {
  const read = async (): Promise<FetchedKey> => {
    const key = await secretAt(place, "key", ports);
    // A server may repeat what it was sent.
    for (const secret of headerSecrets(valueOf(key))) ports.hide(secret);
    return { key };
  };
  return authorizedSend({
    keys: new CachedKey({ read, hide: ports.hide, onDidChange: (listener) => onSecretChange(ports, listener) }),
    send: ports.send,
    authorize: (request: OutgoingRequest, key: string) => withHeader(request, header, valueOf(key)),
    isRejected: ({ status }: IncomingAnswer) => status === 401 || status === 403,
  });
}
