import type { Disposable } from "../../../base/disposables.ts";
import type { Send } from "../../http/request.ts";
import type { AuthorizedSend } from "../../signing/authorizedSend.ts";
import { headerSecrets } from "../../signing/headerSecrets.ts";
import type { SigningPorts } from "../../signing/ports.ts";
import { awsSend } from "../../signing/aws/awsSend.ts";
import { entraSend } from "../../signing/azure/entraTokens.ts";
import { googleSend } from "../../signing/google/googleSend.ts";
import { type OtelEnvironment, signalUrl } from "./environment.ts";
import { basicKey, bearerKey, headerSend, type HeaderKey } from "./headerSend.ts";
import type { OtlpSettings, SettingsOf } from "./otlpSettings.ts";
import { presets } from "./presets.ts";
import type { Protocol } from "./wire.ts";
import type { Signal } from "../signals/payload.ts";

const AZURE_SCOPE = "https://monitor.azure.com/.default";
const GOOGLE_SCOPES = ["https://www.googleapis.com/auth/cloud-platform"];

/** The address of a signal, and the way of sending it. */
export interface Route {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: Protocol;
  readonly compression: "gzip" | "none";
  readonly timeoutMs: number | undefined;
  readonly send: Send;
}

/** A service behind an element of the setting. */
export interface Backend extends Disposable {
  readonly signals: readonly Signal[];
  /** @throws DeliveryFailure `blocked` if it cannot be sent as the environment says */
  route(signal: Signal): Route;
}

interface Way {
  readonly url: URL;
  readonly send: Send;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Ways {
  /** Returns undefined for a signal that cannot be sent. */
  readonly of: (signal: Signal) => Way | undefined;
  readonly dispose: Disposable["dispose"];
}

/** Opens the service that the settings name. */
export function openBackend(settings: OtlpSettings, environment: OtelEnvironment, ports: SigningPorts): Backend {
  const ways = waysOf(settings, ports);
  const wanted = settings.signals ?? presets[settings.preset].signals;
  const { isOff } = environment.common;
  const routeOf = ({ url, send, headers = {} }: Way): Route => ({
    url,
    send,
    headers: { ...settings.headers, ...headers },
    protocol: settings.protocol,
    compression: settings.compression,
    timeoutMs: undefined,
  });
  const isVariable = settings.preset === "collector" && settings.useEnvironment;
  return {
    signals: wanted.filter((signal) => ways.of(signal) !== undefined && !isOff(signal)),
    route: (signal) => {
      const way = ways.of(signal);
      if (way === undefined) throw new RangeError(`There is no way for ${signal}.`);
      const own = routeOf(way);
      return isVariable ? withVariables(own, signal, environment, ports) : own;
    },
    dispose: () => ways.dispose(),
  };
}

/** Lets the variables win. A key of the settings is only sent to the address of the settings. */
function withVariables(own: Route, signal: Signal, environment: OtelEnvironment, ports: SigningPorts): Route {
  const { url, headers, protocol, compression, timeoutMs } = environment.of(signal);
  for (const secret of Object.values(headers).flatMap(headerSecrets)) ports.hide(secret);
  const isElsewhere = url !== undefined && url.origin !== own.url.origin;
  const hasKey = Object.keys(headers).includes("authorization");
  return {
    url: url ?? own.url,
    send: isElsewhere || hasKey ? ports.send : own.send,
    headers: { ...own.headers, ...headers },
    protocol: protocol ?? own.protocol,
    compression: compression ?? own.compression,
    timeoutMs: timeoutMs ?? own.timeoutMs,
  };
}

function waysOf(settings: OtlpSettings, ports: SigningPorts): Ways {
  switch (settings.preset) {
    case "collector":
      return collectorWays(settings, ports);
    case "cloudwatch":
      return cloudwatchWays(settings, ports);
    case "azure-monitor": {
      const entra = entraSend(settings.auth, AZURE_SCOPE, ports);
      return { of: (signal) => ownWay(settings.endpoints, signal, entra.send), dispose: () => entra.dispose() };
    }
    case "google-cloud":
      return below(settings.endpoint, googleSend(settings.auth, { scopes: GOOGLE_SCOPES }, ports));
    case "grafana": {
      const login: HeaderKey = { ...basicKey, valueOf: (key) => basicKey.valueOf(`${settings.instanceId}:${key}`) };
      return below(settings.endpoint, headerSend(settings.auth, login, ports));
    }
    case "honeycomb": {
      const team: HeaderKey = { header: "x-honeycomb-team", valueOf: (key) => key };
      const dataset = { "x-honeycomb-dataset": settings.metricsDataset };
      const headersOf = (signal: Signal): Record<string, string> => (signal === "metrics" ? dataset : {});
      return below(settings.endpoint, headerSend(settings.auth, team, ports), headersOf);
    }
    case "datadog": {
      const key: HeaderKey = { header: "dd-api-key", valueOf: (text) => text };
      return below(settings.endpoint, headerSend(settings.auth, key, ports), () => ({ "dd-protocol": "otlp" }));
    }
    default:
      return below(settings.endpoint, headerSend(settings.auth, bearerKey, ports));
  }
}

function collectorWays({ auth, endpoint, endpoints }: SettingsOf<"collector">, ports: SigningPorts): Ways {
  const keyed = auth.kind === "none" ? undefined : headerSend(auth, headerKeyOf(auth), ports);
  const send = keyed?.send ?? ports.send;
  return {
    of: (signal) => ownWay(endpoints, signal, send) ?? { url: signalUrl(endpoint, signal), send },
    dispose: () => keyed?.dispose(),
  };
}

function headerKeyOf({ header, scheme }: Extract<SettingsOf<"collector">["auth"], { kind: "key" }>): HeaderKey {
  if (scheme === "plain") return { header, valueOf: (key) => key };
  return { ...(scheme === "basic" ? basicKey : bearerKey), header };
}

/** Each signal goes to another service of AWS. Traces are always signed. */
function cloudwatchWays(settings: SettingsOf<"cloudwatch">, ports: SigningPorts): Ways {
  const { region, logGroup, logStream, bearer, auth, endpoints } = settings;
  const services = { traces: "xray", logs: "logs", metrics: "monitoring" } as const;
  const key = bearer && headerSend(bearer, bearerKey, ports);
  const signed = {
    traces: awsSend(auth, { service: services.traces, region }, ports),
    logs: awsSend(auth, { service: services.logs, region }, ports),
    metrics: awsSend(auth, { service: services.metrics, region }, ports),
  };
  return {
    of: (signal) => {
      if (signal === "logs" && logGroup === undefined) return undefined;
      const { send } = signal === "traces" ? signed.traces : (key ?? signed[signal]);
      const url = new URL(endpoints[signal] ?? `https://${services[signal]}.${region}.amazonaws.com/v1/${signal}`);
      const stream = { "x-aws-log-group": logGroup ?? "", "x-aws-log-stream": logStream };
      return { url, send, ...(signal === "logs" && { headers: stream }) };
    },
    dispose: async () => {
      for (const each of [...Object.values(signed), ...(key === undefined ? [] : [key])]) await each.dispose();
    },
  };
}

function below(
  endpoint: string,
  authorized: AuthorizedSend,
  headersOf: (signal: Signal) => Readonly<Record<string, string>> = () => ({}),
): Ways {
  return {
    of: (signal) => ({ url: signalUrl(endpoint, signal), send: authorized.send, headers: headersOf(signal) }),
    dispose: () => authorized.dispose(),
  };
}

function ownWay(endpoints: SettingsOf<"collector">["endpoints"], signal: Signal, send: Send): Way | undefined {
  const own = endpoints[signal];
  return own === undefined ? undefined : { url: new URL(own), send };
}
