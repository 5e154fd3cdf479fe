import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { DisposableStore } from "../../../../../src/base/disposables.ts";
import type { OutgoingRequest, Send } from "../../../../../src/exports/http/request.ts";
import { createOtlp, otlpSchema } from "../../../../../src/exports/telemetry/otlp.ts";
import { type PresetName, presets } from "../../../../../src/exports/telemetry/otlp/presets.ts";
import { destinationPorts } from "../../../../support/exports/destinationPorts.ts";

const signal = new AbortController().signal;
const awsKeys = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };
const google = JSON.stringify({ type: "authorized_user", client_id: "c", client_secret: "s", refresh_token: "r" });
const entra = { kind: "entra", tenantId: "t", clientId: "c" };

/** The settings of each preset, and the secret. */
const elements: Readonly<Record<PresetName, { readonly secret?: string; readonly settings: object }>> = {
  collector: { settings: {} },
  laminar: { secret: "key", settings: {} },
  cloudwatch: { settings: { region: "eu-central-1", logGroup: "bridge", auth: { kind: "environment" } } },
  "azure-monitor": {
    secret: "client-secret",
    settings: {
      auth: entra,
      endpoints: { traces: "https://dce.example/traces", metrics: "https://dce.example/metrics" },
    },
  },
  "google-cloud": { secret: google, settings: { projectId: "p-1", auth: { kind: "secret" } } },
  grafana: { secret: "token", settings: { endpoint: "https://otlp-gateway-eu.grafana.net/otlp", instanceId: "42" } },
  honeycomb: { secret: "team", settings: {} },
  datadog: { secret: "dd", settings: { endpoint: "https://otlp.datadoghq.eu" } },
};

describe("A preset of OTLP", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  /** Sends the marked item of a test, and returns the requests to the service. */
  const sentBy = async (preset: PresetName, changes: object = {}): Promise<OutgoingRequest[]> => {
    const requests: OutgoingRequest[] = [];
    const send: Send = (request) => {
      const isToken = request.url.host === "login.microsoftonline.com" || request.url.host === "oauth2.googleapis.com";
      if (!isToken) requests.push(request);
      const body = Buffer.from(isToken ? '{"access_token":"token-1","token_type":"Bearer","expires_in":3600}' : "{}");
      return Promise.resolve({
        status: 200,
        headers: { "content-type": "application/json" },
        body,
        isCut: false,
        skewMs: 0,
      });
    };
    const { secret, settings } = elements[preset];
    const ports = destinationPorts(store, { secret, send, environment: awsKeys });
    const element = otlpSchema.parse({ name: "mine", kind: "otlp", preset, ...settings, ...changes });
    await store.add(createOtlp(element, ports)).test(signal);
    return requests;
  };
  const urls = (requests: readonly OutgoingRequest[]): string[] => requests.map(({ url }) => url.href);
  const header = (requests: readonly OutgoingRequest[], name: string): (string | undefined)[] =>
    requests.map(({ headers }) => headers[name]);

  it("sends to a collector without a key", async () => {
    const requests = await sentBy("collector");
    const base = "http://localhost:4318/v1";
    assert.deepEqual(urls(requests), [`${base}/traces`, `${base}/logs`, `${base}/metrics`]);
    assert.deepEqual(header(requests, "content-type"), Array(3).fill("application/x-protobuf"));
    const own = await sentBy("collector", {
      endpoints: { logs: "http://localhost:9/x" },
      signals: ["logs"],
      headers: { "x-scope": "a" },
    });
    assert.deepEqual([urls(own), header(own, "x-scope")], [["http://localhost:9/x"], ["a"]]);
  });

  it("sends no metrics to Laminar, which would discard them", async () => {
    const requests = await sentBy("laminar");
    assert.deepEqual(urls(requests), ["https://api.lmnr.ai/v1/traces", "https://api.lmnr.ai/v1/logs"]);
    assert.deepEqual(header(requests, "authorization"), ["Bearer key", "Bearer key"]);
  });

  it("signs for each service of CloudWatch, or sends an API key to those that take one", async () => {
    const requests = await sentBy("cloudwatch");
    assert.deepEqual(urls(requests), [
      "https://xray.eu-central-1.amazonaws.com/v1/traces",
      "https://logs.eu-central-1.amazonaws.com/v1/logs",
      "https://monitoring.eu-central-1.amazonaws.com/v1/metrics",
    ]);
    for (const [at, service] of ["xray", "logs", "monitoring"].entries())
      assert.match(
        requests[at]?.headers["authorization"] ?? "",
        new RegExp(`^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\\d{8}/eu-central-1/${service}/aws4_request`),
      );
    assert.deepEqual(header(requests, "x-aws-log-group"), [undefined, "bridge", undefined]);
    assert.deepEqual(header(requests, "x-aws-log-stream"), [undefined, "kiro-bridge", undefined]);
    assert.deepEqual(urls(await sentBy("cloudwatch", { logGroup: undefined })).length, 2);
    const keyed = await sentBy("cloudwatch", { bearer: { variable: "AWS_SECRET_ACCESS_KEY" } });
    assert.match(keyed[0]?.headers["authorization"] ?? "", /^AWS4-HMAC-SHA256/);
    assert.deepEqual(header(keyed.slice(1), "authorization"), ["Bearer secret", "Bearer secret"]);
  });

  it("sends to the addresses of a data collection rule of Azure Monitor, with a token", async () => {
    const requests = await sentBy("azure-monitor");
    assert.deepEqual(urls(requests), ["https://dce.example/traces", "https://dce.example/metrics"]);
    assert.deepEqual(header(requests, "authorization"), ["Bearer token-1", "Bearer token-1"]);
  });

  it("sends to Google Cloud with a token and the project", async () => {
    const requests = await sentBy("google-cloud", { protocol: "http/json", compression: "none" });
    assert.equal(urls(requests)[0], "https://telemetry.googleapis.com/v1/traces");
    assert.deepEqual(header(requests, "authorization"), Array(3).fill("Bearer token-1"));
    assert.match(Buffer.from(requests[0]?.body ?? []).toString(), /"gcp\.project_id","value":{"stringValue":"p-1"}/);
  });

  it("sends to Grafana Cloud with the number of the instance as user", async () => {
    const requests = await sentBy("grafana");
    assert.equal(urls(requests)[2], "https://otlp-gateway-eu.grafana.net/otlp/v1/metrics");
    assert.deepEqual(
      header(requests, "authorization"),
      Array(3).fill(`Basic ${Buffer.from("42:token").toString("base64")}`),
    );
  });

  it("names the dataset of metrics for Honeycomb", async () => {
    const requests = await sentBy("honeycomb");
    assert.deepEqual(header(requests, "x-honeycomb-team"), ["team", "team", "team"]);
    assert.deepEqual(header(requests, "x-honeycomb-dataset"), [undefined, undefined, "kiro-bridge"]);
  });

  it("sends no traces to Datadog unless the user has its intake for them", async () => {
    const requests = await sentBy("datadog");
    assert.deepEqual(urls(requests), ["https://otlp.datadoghq.eu/v1/logs", "https://otlp.datadoghq.eu/v1/metrics"]);
    assert.deepEqual(
      [header(requests, "dd-api-key"), header(requests, "dd-protocol")],
      [
        ["dd", "dd"],
        ["otlp", "otlp"],
      ],
    );
    assert.equal(urls(await sentBy("datadog", { signals: ["traces"] }))[0], "https://otlp.datadoghq.eu/v1/traces");
  });

  it("refuses keys in the settings, logs without a group, and what is missing", () => {
    const refuses = (preset: PresetName, changes: object): void => {
      const element = { name: "mine", kind: "otlp", preset, ...elements[preset].settings, ...changes };
      assert.equal(otlpSchema.safeParse(element).success, false, JSON.stringify(changes));
    };
    for (const name of ["Authorization", "x-api-key", "api_key", "X-Honeycomb-Team", "cookie", "auth-token"])
      refuses("collector", { headers: { [name]: "x" } });
    refuses("collector", { headers: { "a b": "x" } });
    refuses("collector", { headers: { a: "x\ny" } });
    refuses("collector", { endpoint: "https://user:password@example.com" });
    refuses("collector", { endpoint: "ftp://example.com" });
    refuses("cloudwatch", { logGroup: undefined, signals: ["logs"] });
    refuses("cloudwatch", { region: "evil.example/" });
    refuses("grafana", { instanceId: undefined });
    refuses("azure-monitor", { auth: undefined });
    refuses("laminar", { unknown: 1 });
  });

  it("is in the table of the docs", () => {
    const docs = readFileSync("docs/exports.md", "utf8");
    const rows = Array.from(
      docs.matchAll(/^\| `([a-z-]+)` \| (.*) \| (.*) \| (cumulative|delta) \| (explicit|exponential) \| .* \|$/gm),
      ([, ...cells]) => cells,
    );
    const expected = Object.entries(presets).map(([name, { endpoint, signals, temporality, histograms }]) => [
      name,
      endpoint === undefined ? "" : `\`${endpoint}\``,
      signals.join(", "),
      temporality,
      histograms,
    ]);
    assert.deepEqual(
      rows.map(([name, endpoint, ...rest]) => [name, endpoint?.startsWith("`http") === true ? endpoint : "", ...rest]),
      expected,
    );
  });
});
