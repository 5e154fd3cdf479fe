import * as z from "zod";
import { addressSchema } from "../delivery/commonSettings.ts";
import type { Destination } from "../delivery/destination.ts";
import type { DestinationPorts } from "../ports.ts";
import type { AuthorizedSend } from "../signing/authorizedSend.ts";
import { defaultGoogleAuth, googleAuthSchema } from "../signing/google/googleAuth.ts";
import { googleSend } from "../signing/google/googleSend.ts";
import { functionAtAddress } from "./functionAtAddress.ts";
import {
  areFitting,
  functionAddressSchema,
  functionShape,
  modeSchema,
  noAuthSchema,
  unfitting,
} from "./functionSettings.ts";

export const cloudFunctionSchema = z
  .strictObject({
    ...functionShape,
    kind: z.literal("cloud-function").describe("A function of Google Cloud (Cloud Run functions)."),
    url: functionAddressSchema,
    mode: modeSchema,
    audience: addressSchema
      .optional()
      .describe("The audience of the ID token. Default: the address without its query."),
    auth: z
      .discriminatedUnion("kind", [...googleAuthSchema.options, noAuthSchema])
      .prefault(defaultGoogleAuth)
      .describe("The credentials of Google that an ID token is made of, or none."),
  })
  .refine(areFitting, unfitting);

export type CloudFunctionSettings = z.infer<typeof cloudFunctionSchema>;

/** Creates a destination that calls a function of Google Cloud (Cloud Run functions). */
export function createCloudFunction(settings: CloudFunctionSettings, ports: DestinationPorts): Destination {
  return functionAtAddress(settings, functionSend(settings, ports), ports);
}

function functionSend({ auth, audience, url }: CloudFunctionSettings, ports: DestinationPorts): AuthorizedSend {
  if (auth.kind === "none") return { send: ports.send, dispose: () => undefined };
  const { origin, pathname } = new URL(url);
  const address = pathname === "/" ? origin : origin + pathname;
  return googleSend(auth, { audience: audience ?? address }, ports);
}
