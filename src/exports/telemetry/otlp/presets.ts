import type { HistogramForm, Temporality } from "../signals/metrics.ts";
import type { Signal } from "../signals/payload.ts";

const presetNames = [
  "collector",
  "laminar",
  "cloudwatch",
  "azure-monitor",
  "google-cloud",
  "grafana",
  "honeycomb",
  "datadog",
] as const;
export type PresetName = (typeof presetNames)[number];

/** The signals that a service takes, and the forms in which it wants them. */
export interface Preset {
  /** The address that the paths of the signals are added to, if it is the same for everybody. */
  readonly endpoint?: string;
  readonly signals: readonly Signal[];
  readonly temporality: Temporality;
  readonly histograms: HistogramForm;
}

const everything: readonly Signal[] = ["traces", "logs", "metrics"];
const usual = { signals: everything, temporality: "cumulative", histograms: "explicit" } as const;

/** A test keeps the table of docs/exports.md#otlp equal to this one. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  collector: { ...usual, endpoint: "http://localhost:4318" },
  // It answers 200 to metrics, and discards them.
  laminar: { ...usual, endpoint: "https://api.lmnr.ai", signals: ["traces", "logs"] },
  cloudwatch: usual,
  "azure-monitor": { ...usual, temporality: "delta", histograms: "exponential" },
  "google-cloud": { ...usual, endpoint: "https://telemetry.googleapis.com" },
  grafana: usual,
  honeycomb: { ...usual, endpoint: "https://api.honeycomb.io" },
  // Its intake for traces must be asked for.
  datadog: { ...usual, endpoint: "https://otlp.datadoghq.com", signals: ["logs", "metrics"], temporality: "delta" },
};
