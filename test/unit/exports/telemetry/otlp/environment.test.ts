import assert from "node:assert/strict";
import { DisposableStore } from "../../../../../src/base/disposables.ts";
import { DeliveryFailure } from "../../../../../src/exports/delivery/destination.ts";
import { createOtlp, otlpSchema } from "../../../../../src/exports/telemetry/otlp.ts";
import { OtelEnvironment } from "../../../../../src/exports/telemetry/otlp/environment.ts";
import { destinationPorts, type TestPorts } from "../../../../support/exports/destinationPorts.ts";
import { endFactOf } from "../../../../support/exports/facts.ts";
import { ScriptedServer } from "../../../../support/exports/scriptedServer.ts";

const signal = new AbortController().signal;

describe("The variables of OpenTelemetry", () => {
  it("name addresses: that of all signals has the path added, that of one is used as it is", () => {
    const environment = new OtelEnvironment({
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example/base/",
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "https://logs.example/intake",
    });
    assert.equal(environment.of("traces").url?.href, "https://collector.example/base/v1/traces");
    assert.equal(environment.of("logs").url?.href, "https://logs.example/intake");
    assert.equal(new OtelEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: " " }).of("traces").url, undefined);
  });

  it("have headers as pairs whose values are percent-encoded", () => {
    const environment = new OtelEnvironment({
      OTEL_EXPORTER_OTLP_HEADERS: "Authorization=Bearer%20abc, x-a = 1=2,broken,x-b=%zz",
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: "x-c=3",
    });
    assert.deepEqual(environment.of("traces").headers, { authorization: "Bearer abc", "x-a": "1=2", "x-b": "%zz" });
    assert.deepEqual(environment.of("metrics").headers, { "x-c": "3" });
  });

  it("choose protocol, compression, timeout, interval, temporality and histograms", () => {
    const environment = new OtelEnvironment({
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_COMPRESSION: "none",
      OTEL_EXPORTER_OTLP_TIMEOUT: "2500",
      OTEL_METRIC_EXPORT_INTERVAL: "15000",
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "LowMemory",
      OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: "BASE2_EXPONENTIAL_BUCKET_HISTOGRAM",
    });
    const { protocol, compression, timeoutMs } = environment.of("traces");
    assert.deepEqual([protocol, compression, timeoutMs], ["http/json", "none", 2500]);
    assert.equal(environment.of("logs").protocol, "http/protobuf");
    assert.equal(environment.common.metricsIntervalMs, 15_000);
    assert.deepEqual(environment.metrics, { temporality: "delta", histograms: "exponential" });
    const nothing = new OtelEnvironment({ OTEL_METRIC_EXPORT_INTERVAL: "-1", OTEL_EXPORTER_OTLP_TIMEOUT: "soon" });
    assert.deepEqual([nothing.common.metricsIntervalMs, nothing.of("logs").timeoutMs], [undefined, undefined]);
    assert.deepEqual(nothing.metrics, { temporality: undefined, histograms: undefined });
  });

  it("name the service and further attributes", () => {
    const { resourceAttributes } = new OtelEnvironment({
      OTEL_RESOURCE_ATTRIBUTES: "service.name=other,team=a%2Cb",
      OTEL_SERVICE_NAME: "editors",
    }).common;
    assert.deepEqual(resourceAttributes, { "service.name": "editors", team: "a,b" });
  });

  it("that cannot be obeyed are told in words", () => {
    const refused = (variables: NodeJS.ProcessEnv): string => {
      try {
        new OtelEnvironment(variables).of("traces");
      } catch (error) {
        if (error instanceof DeliveryFailure && error.kind === "blocked") return error.message;
      }
      throw new Error("was not refused");
    };
    assert.match(
      refused({ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }),
      /is 'grpc', but only http\/protobuf and http\/json can be sent/,
    );
    assert.match(refused({ OTEL_EXPORTER_OTLP_ENDPOINT: "localhost:4318" }), /is not an address/);
  });
});

describe("A collector in the settings", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const serve = async (): Promise<ScriptedServer> => {
    const server = store.add(await ScriptedServer.start());
    server.otherwise = { body: "{}" };
    return server;
  };
  const send = async (ports: TestPorts, settings: object): Promise<void> => {
    const element = { name: "mine", kind: "otlp", preset: "collector", compression: "none", protocol: "http/json" };
    const destination = store.add(createOtlp(otlpSchema.parse({ ...element, ...settings }), ports));
    await destination.send([endFactOf("exec-1")], signal);
  };

  it("gives way to the variables, and its key is not sent to their address", async () => {
    const [own, other] = [await serve(), await serve()];
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: other.url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=of-the-environment",
      OTEL_SERVICE_NAME: "editors",
    };
    const ports = destinationPorts(store, { secret: "of-the-settings", environment });
    const settings = { endpoint: own.url, auth: { kind: "key" } };
    await send(ports, settings);
    assert.deepEqual([own.requests.length, other.requests.length], [0, 2]);
    assert.equal(other.at(0).headers["authorization"], undefined);
    assert.equal(other.at(0).headers["x-key"], "of-the-environment");
    assert.match(other.at(0).body.toString(), /"service\.name","value":{"stringValue":"editors"}/);
    assert.ok(ports.hidden.includes("of-the-environment"));
    await send(ports, { ...settings, useEnvironment: false });
    assert.equal(own.at(0).headers["authorization"], "Bearer of-the-settings");
    assert.match(own.at(0).body.toString(), /"editors"/);
  });

  it("sends no signal that the variables turn off, and nothing at all if they turn everything off", async () => {
    const server = await serve();
    await send(destinationPorts(store, { environment: { OTEL_LOGS_EXPORTER: "none" } }), { endpoint: server.url });
    assert.deepEqual(
      server.requests.map(({ url }) => url),
      ["/v1/traces"],
    );
    const off = destinationPorts(store, { environment: { OTEL_SDK_DISABLED: "true" } });
    const element = { name: "mine", kind: "otlp", preset: "collector", endpoint: server.url };
    const destination = store.add(createOtlp(otlpSchema.parse(element), off));
    assert.equal(destination.wants("command-completed"), false);
    assert.equal(destination.periodic, undefined);
    await assert.rejects(destination.test(signal), /turn it off/);
    assert.equal(server.requests.length, 1);
  });
});
