import type * as z from "zod";
import { createS3, s3Schema } from "./archive/s3.ts";
import { azureBlobSchema, createAzureBlob } from "./archive/azureBlob.ts";
import { createGcs, gcsSchema } from "./archive/gcs.ts";
import type { CommonSettings } from "./delivery/commonSettings.ts";
import type { Destination } from "./delivery/destination.ts";
import { azureFunctionSchema, createAzureFunction } from "./hooks/azureFunction.ts";
import { cloudFunctionSchema, createCloudFunction } from "./hooks/cloudFunction.ts";
import { createLambda, lambdaSchema } from "./hooks/lambda.ts";
import { createWebhook } from "./hooks/webhook.ts";
import { webhookSchema } from "./hooks/webhookSettings.ts";
import type { DestinationPorts } from "./ports.ts";
import { appInsightsSchema, createAppInsights } from "./telemetry/appInsights.ts";
import { cosmosSchema, createCosmos } from "./records/cosmos.ts";
import { createOtlp, otlpSchema } from "./telemetry/otlp.ts";
import { createDynamodb, dynamodbSchema } from "./records/dynamodb.ts";
import { createFirestore, firestoreSchema } from "./records/firestore.ts";

/** A kind of destinations: the settings of its elements, and how one is opened. */
export interface DestinationKind {
  readonly schema: z.ZodType<CommonSettings>;
  /** @throws z.ZodError for an element that does not fit the schema */
  readonly open: (element: unknown, ports: DestinationPorts) => Destination;
}

/** All kinds, by the `kind` of their elements. */
export const destinationKinds: Readonly<Record<string, DestinationKind>> = {
  "azure-blob": kind(azureBlobSchema, createAzureBlob),
  gcs: kind(gcsSchema, createGcs),
  s3: kind(s3Schema, createS3),
  "app-insights": kind(appInsightsSchema, createAppInsights),
  "azure-function": kind(azureFunctionSchema, createAzureFunction),
  "cloud-function": kind(cloudFunctionSchema, createCloudFunction),
  cosmos: kind(cosmosSchema, createCosmos),
  dynamodb: kind(dynamodbSchema, createDynamodb),
  firestore: kind(firestoreSchema, createFirestore),
  lambda: kind(lambdaSchema, createLambda),
  otlp: kind(otlpSchema, createOtlp),
  webhook: kind(webhookSchema, createWebhook),
};

/** Makes a row of the table: keeps the type of the settings between the schema and the function. */
function kind<S extends z.ZodType<CommonSettings>>(
  schema: S,
  create: (settings: z.infer<S>, ports: DestinationPorts) => Destination,
): DestinationKind {
  return { schema, open: (element, ports) => create(schema.parse(element), ports) };
}
