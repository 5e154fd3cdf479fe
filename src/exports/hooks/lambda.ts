import * as z from "zod";
import { jsonIn } from "../../base/jsonIn.ts";
import { quoted } from "../../core/network/vendorText.ts";
import { addressSchema } from "../delivery/commonSettings.ts";
import { type Destination, DeliveryFailure, type Receipt } from "../delivery/destination.ts";
import { answerFailure } from "../http/answerFailure.ts";
import type { IncomingAnswer, OutgoingRequest } from "../http/request.ts";
import type { DestinationPorts } from "../ports.ts";
import type { AuthorizedSend } from "../signing/authorizedSend.ts";
import { awsAuthSchema, awsRegionSchema, defaultAwsAuth } from "../signing/aws/awsAuth.ts";
import { awsSend } from "../signing/aws/awsSend.ts";
import type { HttpMessage } from "./cloudEvent.ts";
import { functionAtAddress } from "./functionAtAddress.ts";
import { functionHook } from "./functionHook.ts";
import {
  areFitting,
  functionAddressSchema,
  functionShape,
  modeSchema,
  noAuthSchema,
  unfitting,
} from "./functionSettings.ts";

/** In characters of facts. Lambda takes 1 MB for a later call (256 KB before 2026), and 6 MB for one at once. */
const MAX_LENGTH = 200 * 1024;
const MAX_LENGTH_AT_ONCE = 1024 * 1024;

const functionErrorSchema = z.object({ errorMessage: z.string() });

export const lambdaSchema = z
  .strictObject({
    ...functionShape,
    kind: z.literal("lambda").describe("A function of AWS Lambda."),
    function: z
      .string()
      .regex(/^(?:arn:[A-Za-z0-9:_/-]{1,180}|[A-Za-z0-9_-]{1,140})$/, "the name or ARN of a function")
      .optional()
      .describe("The name or ARN of the function, to call it through the API of AWS Lambda."),
    url: functionAddressSchema.optional().describe("The function URL, to call it without that API."),
    qualifier: z
      .string()
      .regex(/^(?:\$LATEST|[A-Za-z0-9_-]{1,128})$/, "a version or an alias")
      .optional()
      .describe("The version or alias, with `function`. Default: the newest."),
    invocation: z
      .enum(["async", "sync"])
      .default("async")
      .describe(
        "With `function`. `async`: Lambda queues the call, retries it, and does not report failures. `sync`: the function's answer is awaited.",
      ),
    mode: modeSchema,
    region: awsRegionSchema.describe("The region of the function."),
    endpoint: addressSchema
      .optional()
      .describe("The address of the API, with `function`. Default: that of AWS in the region."),
    auth: z
      .discriminatedUnion("kind", [...awsAuthSchema.options, noAuthSchema])
      .prefault(defaultAwsAuth)
      .describe("The credentials of AWS that sign calls, or none for a function URL that anybody may call."),
  })
  .refine(({ function: name, url }) => (name === undefined) !== (url === undefined), {
    path: ["function"],
    error: "either this or `url`",
  })
  .refine(({ auth, url }) => auth.kind !== "none" || url !== undefined, {
    path: ["auth"],
    error: "a way to sign, which the API of AWS Lambda wants",
  })
  .refine(({ mode, url }) => mode === "structured" || url !== undefined, {
    path: ["mode"],
    error: "`structured`, because a call through the API has no headers",
  })
  .refine(areFitting, unfitting);

export type LambdaSettings = z.infer<typeof lambdaSchema>;

/** Creates a destination that calls a function of AWS Lambda. */
export function createLambda(settings: LambdaSettings, ports: DestinationPorts): Destination {
  const { auth, region, url, invocation } = settings;
  const signed: AuthorizedSend =
    auth.kind === "none"
      ? { send: ports.send, dispose: () => undefined }
      : awsSend(auth, { service: "lambda", region }, ports);
  if (url !== undefined) return functionAtAddress({ ...settings, url }, signed, ports);
  return functionHook({
    settings,
    maxLength: invocation === "async" ? MAX_LENGTH : MAX_LENGTH_AT_ONCE,
    ports,
    call: async (message, signal) =>
      receiptOf(await signed.send(invocationOf(message, settings), signal), settings, ports),
    dispose: () => signed.dispose(),
  });
}

function invocationOf({ body }: HttpMessage, settings: LambdaSettings): OutgoingRequest {
  const { endpoint, region, qualifier, invocation, timeoutMs, function: name = "" } = settings;
  const path = `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`;
  const url = new URL(path, endpoint ?? serviceUrl(region));
  if (qualifier !== undefined) url.searchParams.set("Qualifier", qualifier);
  const type = invocation === "async" ? "Event" : "RequestResponse";
  const headers = { "content-type": "application/json", "x-amz-invocation-type": type };
  return { method: "POST", url, headers, body: Buffer.from(body), timeoutMs };
}

function serviceUrl(region: string): string {
  return `https://lambda.${region}.${region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"}`;
}

/** @throws DeliveryFailure for anything but a success of an invocation */
function receiptOf(
  answer: IncomingAnswer,
  { function: name }: LambdaSettings,
  { redact, now }: Pick<DestinationPorts, "redact" | "now">,
): Receipt {
  const { status, headers } = answer;
  const place = `The function '${name}'`;
  if (status === 202) return { outcome: "sent", detail: `${place} is called later: Lambda has queued it.` };
  const failure = headers["x-amz-function-error"];
  if (status === 200 && failure === undefined) return { outcome: "sent", detail: `${place} was called, and returned.` };
  if (status === 200) {
    const said = functionErrorSchema.safeParse(jsonIn(answer.body.toString())).data?.errorMessage;
    throw new DeliveryFailure("passing", `${place} has failed.${quoted(said, redact)}`, { status });
  }
  // The conflict ends when a change of the function has.
  throw answerFailure(answer, { place, redact, now, kind: status === 409 ? "passing" : undefined });
}
