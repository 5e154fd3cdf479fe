import type { Destination } from "../delivery/destination.ts";
import type { DestinationPorts } from "../ports.ts";
import { openBackend } from "./otlp/backend.ts";
import { OtelEnvironment } from "./otlp/environment.ts";
import type { OtlpSettings } from "./otlp/otlpSettings.ts";
import { presets } from "./otlp/presets.ts";
import { sendPayload } from "./otlp/sendPayload.ts";
import { SignalsDestination } from "./signalsDestination.ts";

export { otlpSchema } from "./otlp/otlpSettings.ts";

/** Opens a destination for telemetry by OTLP. */
export function createOtlp(settings: OtlpSettings, ports: DestinationPorts): Destination {
  const environment = new OtelEnvironment(ports.environment);
  const { isDisabled, metricsIntervalMs, resourceAttributes } = environment.common;
  const backend = openBackend(settings, environment, ports);
  const preset = presets[settings.preset];
  const variables = settings.preset === "collector" && settings.useEnvironment ? environment.metrics : undefined;
  const project = settings.preset === "google-cloud" ? { "gcp.project_id": settings.projectId } : {};
  return new SignalsDestination(
    {
      signals: isDisabled ? [] : backend.signals,
      send: async (payload, signal) => await sendPayload(payload, backend.route(payload.signal), ports, signal),
      dispose: () => backend.dispose(),
    },
    {
      content: settings.content,
      resourceAttributes: { ...project, ...settings.resourceAttributes, ...resourceAttributes },
      metricsIntervalMs: metricsIntervalMs ?? settings.metricsIntervalSeconds * 1000,
      temporality: variables?.temporality ?? settings.temporality ?? preset.temporality,
      histograms: variables?.histograms ?? settings.histograms ?? preset.histograms,
    },
    ports,
  );
}
