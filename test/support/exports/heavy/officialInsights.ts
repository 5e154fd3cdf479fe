import { join } from "node:path";
import * as z from "zod";
import type { LogRecord, ResourceMetrics, Span } from "../../../../src/exports/telemetry/signals/payload.ts";
import { officialSdk, peerPackages } from "./peerPackages.ts";

const PACKAGE = "@azure/monitor-opentelemetry-exporter";
/** A part that it does not export. */
const CONFIGURATION = `node_modules/${PACKAGE}/dist/commonjs/_configuration/configurationManager.js`;

const itemSchema = z.looseObject({
  name: z.string(),
  tags: z.record(z.string(), z.string()),
  data: z.looseObject({ baseType: z.string(), baseData: z.record(z.string(), z.unknown()) }),
});
/** An item as it goes to Application Insights. */
export type WireItem = z.infer<typeof itemSchema>;

export const wireItems = z.array(itemSchema);

interface Exporter {
  export(items: unknown, done: (result: { readonly error?: unknown }) => void): void | Promise<void>;
  shutdown(): Promise<void>;
}
type ExporterClass = new (options: object) => Exporter;
/** The parts of @azure/monitor-opentelemetry-exporter that are used here. */
interface Exporters {
  readonly AzureMonitorTraceExporter: ExporterClass;
  readonly AzureMonitorLogExporter: ExporterClass;
  readonly AzureMonitorMetricExporter: ExporterClass;
}
interface Configuration {
  readonly ConfigurationManager: { getInstance(): { shutdown(): void } };
}

const classes = {
  traces: "AzureMonitorTraceExporter",
  logs: "AzureMonitorLogExporter",
  metrics: "AzureMonitorMetricExporter",
} as const;

/** What the official exporter for Application Insights sends for the same signals. It reaches no network. */
export class OfficialInsights {
  readonly #connectionString: string;

  constructor(iKey: string) {
    this.#connectionString = `InstrumentationKey=${iKey};IngestionEndpoint=https://example.invalid/`;
  }

  traces(spans: readonly Span[]): Promise<WireItem[]> {
    return this.#sent("traces", spans);
  }

  logs(records: readonly LogRecord[]): Promise<WireItem[]> {
    return this.#sent("logs", records);
  }

  metrics(metrics: ResourceMetrics): Promise<WireItem[]> {
    return this.#sent("metrics", metrics);
  }

  async #sent(signal: keyof typeof classes, items: unknown): Promise<WireItem[]> {
    const exporters = (await officialSdk(PACKAGE, "insights")) as Exporters;
    const configuration = (await officialSdk(
      join(await peerPackages("insights"), CONFIGURATION),
      "insights",
    )) as Configuration;
    const sent: WireItem[] = [];
    const httpClient = {
      sendRequest: (request: { readonly url: string; readonly body?: unknown; readonly headers: object }) => {
        const read = wireItems.parse(JSON.parse(String(request.body)));
        sent.push(...read);
        const bodyAsText = JSON.stringify({ itemsReceived: read.length, itemsAccepted: read.length, errors: [] });
        return Promise.resolve({ request, status: 200, headers: request.headers, bodyAsText });
      },
    };
    const exporter = withoutStatistics(
      () =>
        new exporters[classes[signal]]({
          connectionString: this.#connectionString,
          disableOfflineStorage: true,
          httpClient,
        }),
    );
    // It would ask Microsoft for its settings.
    configuration.ConfigurationManager.getInstance().shutdown();
    const failures: unknown[] = [];
    await exporter.export(items, ({ error }) => void (error !== undefined && failures.push(error)));
    if (failures.length > 0) throw new Error("The official exporter has failed.", { cause: failures[0] });
    await exporter.shutdown();
    return sent;
  }
}

/** Creates an exporter that sends Microsoft nothing about itself. */
function withoutStatistics(create: () => Exporter): Exporter {
  const name = "APPLICATION_INSIGHTS_NO_STATSBEAT";
  const before = process.env[name];
  process.env[name] = "1";
  try {
    return create();
  } finally {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
}
