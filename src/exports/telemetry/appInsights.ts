import * as z from "zod";
import { CachedKey } from "../../core/credentials/cachedKey.ts";
import { commonShape } from "../delivery/commonSettings.ts";
import type { Destination } from "../delivery/destination.ts";
import type { DestinationPorts } from "../ports.ts";
import { onSecretChange, secretAt, secretVariableSchema } from "../signing/destinationSecret.ts";
import { type InsightsConnection, parseConnectionString } from "./insights/connectionString.ts";
import { track } from "./insights/track.ts";
import { signals } from "./signals/payload.ts";
import { SignalsDestination } from "./signalsDestination.ts";

/** The settings of a destination of kind `app-insights`. */
export const appInsightsSchema = z.strictObject({
  ...commonShape,
  kind: z.literal("app-insights").describe("Application Insights, by a connection string."),
  signals: z
    .array(z.enum(signals))
    .min(1)
    .max(signals.length)
    .default([...signals])
    .describe("What is sent."),
  metricsIntervalSeconds: z.int().min(1).max(3600).default(60).describe("How often metrics are sent."),
  auth: z
    .strictObject({
      kind: z.literal("connection-string").describe("The connection string of the resource."),
      variable: secretVariableSchema,
    })
    .prefault({ kind: "connection-string" })
    .describe("The connection string: the secret of the destination, or in the environment variable `variable`."),
});

/** Opens a destination for Application Insights, by its own ingestion. */
export function createAppInsights(settings: z.infer<typeof appInsightsSchema>, ports: DestinationPorts): Destination {
  const connection = new CachedKey<InsightsConnection>({
    read: async () => {
      const text = await secretAt(settings.auth, "connection string", ports);
      return { key: parseConnectionString(text, ports.name) };
    },
    hide: ({ instrumentationKey }) => ports.hide(instrumentationKey),
    isSame: (a, b) => a.instrumentationKey === b.instrumentationKey && a.trackUrl.href === b.trackUrl.href,
    onDidChange: (listener) => onSecretChange(ports, listener),
  });
  return new SignalsDestination(
    {
      signals: settings.signals,
      send: async (payload, signal) => await track(payload, await connection.key(signal), ports, signal),
      dispose: () => connection.dispose(),
    },
    {
      content: settings.content,
      resourceAttributes: {},
      metricsIntervalMs: settings.metricsIntervalSeconds * 1000,
      temporality: "delta",
      histograms: "explicit",
    },
    ports,
  );
}
