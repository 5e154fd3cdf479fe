import * as z from "zod";
import { CachedKey } from "../../core/credentials/cachedKey.ts";
import type { Destination } from "../delivery/destination.ts";
import type { DestinationPorts } from "../ports.ts";
import { type AuthorizedSend, authorizedSend } from "../signing/authorizedSend.ts";
import { entraAuthSchema, entraSend } from "../signing/azure/entraTokens.ts";
import { withHeader } from "../signing/bearer.ts";
import { onSecretChange, secretAt, secretVariableSchema } from "../signing/destinationSecret.ts";
import { functionAtAddress } from "./functionAtAddress.ts";
import {
  areFitting,
  functionAddressSchema,
  functionShape,
  modeSchema,
  noAuthSchema,
  unfitting,
} from "./functionSettings.ts";

const authSchema = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("key").describe("A key of the function or of its host."),
      variable: secretVariableSchema,
    }),
    entraAuthSchema.extend({
      scope: z
        .string()
        .regex(/\/\.default$/, "a scope that ends with /.default")
        .max(300)
        .describe("The scope of the token, such as `api://…/.default`."),
    }),
    noAuthSchema,
  ])
  .default({ kind: "key" });

export const azureFunctionSchema = z
  .strictObject({
    ...functionShape,
    kind: z.literal("azure-function").describe("A function of Azure Functions."),
    url: functionAddressSchema,
    mode: modeSchema,
    auth: authSchema.describe("A key of the function (the secret), an application of Microsoft Entra, or `none`."),
  })
  .refine(areFitting, unfitting);

export type AzureFunctionSettings = z.infer<typeof azureFunctionSchema>;

/** Creates a destination that calls a function of Azure Functions. */
export function createAzureFunction(settings: AzureFunctionSettings, ports: DestinationPorts): Destination {
  return functionAtAddress(settings, functionSend(settings.auth, ports), ports);
}

function functionSend(auth: AzureFunctionSettings["auth"], ports: DestinationPorts): AuthorizedSend {
  if (auth.kind === "none") return { send: ports.send, dispose: () => undefined };
  if (auth.kind === "entra") return entraSend(auth, auth.scope, ports);
  const keys = new CachedKey({
    read: async () => ({ key: await secretAt(auth, "function key", ports) }),
    hide: ports.hide,
    onDidChange: (listener) => onSecretChange(ports, listener),
  });
  return authorizedSend({
    keys,
    send: ports.send,
    // In a header, because addresses are kept in logs.
    authorize: (request, key) => withHeader(request, "x-functions-key", key),
    isRejected: ({ status }) => status === 401,
  });
}
