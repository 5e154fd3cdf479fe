import * as z from "zod";
import { CachedKey, type FetchedKey, type KeySource } from "../../../core/credentials/cachedKey.ts";
import { entraRefusal, entraTokenRequest } from "../../../core/credentials/entra.ts";
import { addressSchema } from "../../delivery/commonSettings.ts";
import { type AuthorizedSend, authorizedSend } from "../authorizedSend.ts";
import { withBearer } from "../bearer.ts";
import { onSecretChange, secretAt, secretVariableSchema } from "../destinationSecret.ts";
import type { SigningPorts } from "../ports.ts";
import { requestToken } from "../tokenRequest.ts";

/** An application of Microsoft Entra with a client secret, which is the secret of the destination or in a variable. */
export const entraAuthSchema = z
  .strictObject({
    kind: z.literal("entra").describe("An application of Microsoft Entra."),
    tenantId: z.string().min(1).max(100).describe("The ID or the domain of the tenant."),
    clientId: z.string().min(1).max(100).describe("The ID of the application."),
    authority: addressSchema
      .default("https://login.microsoftonline.com")
      .describe("The address of Microsoft Entra, which is another one in some clouds."),
    variable: secretVariableSchema,
  })
  .describe("An application of Microsoft Entra, whose client secret is the secret of the destination.");

export type EntraAuth = z.infer<typeof entraAuthSchema>;

/** Creates the way to tokens of Microsoft Entra for a service, by client credentials. */
export function entraTokens(auth: EntraAuth, scope: string, ports: SigningPorts): KeySource {
  const read = async (signal: AbortSignal): Promise<FetchedKey> => {
    const secret = await secretAt(auth, "client secret", ports);
    const request = {
      ...entraTokenRequest({ ...auth, scope }, secret),
      issuer: "Microsoft Entra",
      adviceFor: ({ body }: { readonly body: Buffer }) => entraRefusal(body.toString()).advice,
    };
    return await requestToken(request, ports, signal);
  };
  return new CachedKey({ read, hide: ports.hide, onDidChange: (listener) => onSecretChange(ports, listener) });
}

/** Creates a `Send` with a token of Microsoft Entra. @param scope of the service, which ends with `/.default` */
export function entraSend(auth: EntraAuth, scope: string, ports: SigningPorts): AuthorizedSend {
  return authorizedSend({
    keys: entraTokens(auth, scope, ports),
    send: ports.send,
    authorize: withBearer,
    isRejected: ({ status }) => status === 401,
  });
}
