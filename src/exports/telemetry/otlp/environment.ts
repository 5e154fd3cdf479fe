import { urlBelow } from "../../../core/network/urlBelow.ts";
import { DeliveryFailure } from "../../delivery/destination.ts";
import type { HistogramForm, Temporality } from "../signals/metrics.ts";
import type { Signal } from "../signals/payload.ts";
import { type Protocol, protocols } from "./wire.ts";

/** Variables of OpenTelemetry for the way of a signal (https://opentelemetry.io/docs/specs/otel/protocol/exporter). */
export interface SignalVariables {
  readonly url: URL | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: Protocol | undefined;
  readonly compression: "gzip" | "none" | undefined;
  readonly timeoutMs: number | undefined;
}

/** Variables of OpenTelemetry for all signals. */
export interface CommonVariables {
  readonly isDisabled: boolean;
  readonly isOff: (signal: Signal) => boolean;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly metricsIntervalMs: number | undefined;
}

export interface MetricVariables {
  readonly temporality: Temporality | undefined;
  readonly histograms: HistogramForm | undefined;
}

/** Reads variables. Those of a signal win over those of all. Empty ones are as if they were not set. */
export class OtelEnvironment {
  readonly #environment: NodeJS.ProcessEnv;

  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  /** @throws DeliveryFailure `blocked` for a protocol or address that cannot be used */
  of(signal: Signal): SignalVariables {
    return {
      url: this.#urlOf(signal),
      headers: pairsIn(this.#ofSignal(signal, "HEADERS"), (name) => name.toLowerCase()),
      protocol: this.#protocolOf(signal),
      compression: oneOf(this.#ofSignal(signal, "COMPRESSION"), ["gzip", "none"]),
      timeoutMs: positiveIn(this.#ofSignal(signal, "TIMEOUT")),
    };
  }

  get common(): CommonVariables {
    const serviceName = this.#read("OTEL_SERVICE_NAME");
    return {
      isDisabled: this.#read("OTEL_SDK_DISABLED")?.toLowerCase() === "true",
      isOff: (signal) => this.#read(`OTEL_${signal.toUpperCase()}_EXPORTER`) === "none",
      resourceAttributes: {
        ...pairsIn(this.#read("OTEL_RESOURCE_ATTRIBUTES")),
        ...(serviceName !== undefined && { "service.name": serviceName }),
      },
      metricsIntervalMs: positiveIn(this.#read("OTEL_METRIC_EXPORT_INTERVAL")),
    };
  }

  get metrics(): MetricVariables {
    const preference = this.#read("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE")?.toLowerCase();
    const aggregation = this.#read("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION")?.toLowerCase();
    return {
      temporality: preference === "lowmemory" ? "delta" : oneOf(preference, ["cumulative", "delta"]),
      histograms:
        aggregation === "base2_exponential_bucket_histogram"
          ? "exponential"
          : aggregation === "explicit_bucket_histogram"
            ? "explicit"
            : undefined,
    };
  }

  #urlOf(signal: Signal): URL | undefined {
    const own = this.#read(`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`);
    if (own !== undefined) return urlIn(own, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`);
    const all = this.#read("OTEL_EXPORTER_OTLP_ENDPOINT");
    return all === undefined ? undefined : signalUrl(urlIn(all, "OTEL_EXPORTER_OTLP_ENDPOINT").href, signal);
  }

  #protocolOf(signal: Signal): Protocol | undefined {
    const text = this.#ofSignal(signal, "PROTOCOL");
    const protocol = oneOf(text, protocols);
    if (text === undefined || protocol !== undefined) return protocol;
    throw new DeliveryFailure(
      "blocked",
      `OTEL_EXPORTER_OTLP_PROTOCOL is '${text.slice(0, 40)}', but only ${protocols.join(" and ")} can be sent. Change it, or set 'useEnvironment' of the destination to false.`,
    );
  }

  #ofSignal(signal: Signal, name: string): string | undefined {
    return this.#read(`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`) ?? this.#read(`OTEL_EXPORTER_OTLP_${name}`);
  }

  #read(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === "" ? undefined : value;
  }
}

/** Adds the path of a signal to an address, as the specification says. */
export function signalUrl(base: string, signal: Signal): URL {
  return urlBelow(base, "v1", signal);
}

function urlIn(text: string, variable: string): URL {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return url;
  throw new DeliveryFailure("blocked", `${variable} is not an address that begins with https:// or http://.`);
}

/** Reads `a=1,b=2`, whose values are percent-encoded. What is no pair is left out. */
function pairsIn(text: string | undefined, nameOf: (name: string) => string = (name) => name): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const part of text?.split(",") ?? []) {
    const at = part.indexOf("=");
    if (at <= 0) continue;
    pairs[nameOf(decoded(part.slice(0, at).trim()))] = decoded(part.slice(at + 1).trim());
  }
  return pairs;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function positiveIn(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

function oneOf<T extends string>(text: string | undefined, values: readonly T[]): T | undefined {
  return values.find((value) => value === text?.toLowerCase());
}
