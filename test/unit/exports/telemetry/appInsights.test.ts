import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { PrometheusMeter } from "../../../../src/core/metrics/prometheus.ts";
import type { Destination } from "../../../../src/exports/delivery/destination.ts";
import { appInsightsSchema, createAppInsights } from "../../../../src/exports/telemetry/appInsights.ts";
import { parseConnectionString } from "../../../../src/exports/telemetry/insights/connectionString.ts";
import { destinationPorts, type TestPorts } from "../../../support/exports/destinationPorts.ts";
import { endFactOf, FACT_TIME } from "../../../support/exports/facts.ts";
import { failureOf } from "../../../support/exports/otlpDestination.ts";
import { type Script, type ScriptedRequest, ScriptedServer } from "../../../support/exports/scriptedServer.ts";

const signal = new AbortController().signal;
const iKey = "11111111-2222-3333-4444-555555555555";
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";

interface Item {
  readonly name: string;
  readonly iKey: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly data: { readonly baseType: string; readonly baseData: Readonly<Record<string, unknown>> };
}

function itemsIn({ body }: ScriptedRequest): Item[] {
  return JSON.parse(gunzipSync(body).toString()) as Item[];
}

/** Takes everything, as the service answers. */
const takesAll: Script = (request) => {
  const count = itemsIn(request).length;
  return { body: JSON.stringify({ itemsReceived: count, itemsAccepted: count, errors: [] }) };
};

/** Takes all items but those of some indexes. */
const rejects =
  (...errors: readonly { readonly index: number; readonly statusCode: number; readonly message: string }[]): Script =>
  (request) => {
    const itemsReceived = itemsIn(request).length;
    return {
      status: 206,
      body: JSON.stringify({ itemsReceived, itemsAccepted: itemsReceived - errors.length, errors }),
    };
  };

describe("A destination of kind app-insights", () => {
  let store: DisposableStore;
  let server: ScriptedServer;
  beforeEach(async () => {
    store = new DisposableStore();
    server = store.add(await ScriptedServer.start());
    server.otherwise = takesAll;
  });
  afterEach(() => store.dispose());

  const portsOf = (changes: Parameters<typeof destinationPorts>[1] = {}): TestPorts =>
    destinationPorts(store, { secret: `InstrumentationKey=${iKey};IngestionEndpoint=${server.url}/`, ...changes });
  const open = (changes: object = {}, ports = portsOf()): Destination =>
    store.add(createAppInsights(appInsightsSchema.parse({ name: "mine", kind: "app-insights", ...changes }), ports));
  it("describes an execution as a request, its turn and tools as dependencies, and its end as a trace", async () => {
    const ports = portsOf();
    const steps = [
      { kind: "tool", id: "c1", name: "edit", startedAt: FACT_TIME - 90, endedAt: FACT_TIME - 60, status: "failed" },
    ] as const;
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
    await open({}, ports).send([endFactOf("exec-1", 3, { agent: "cli", target: "cli", traceparent, steps })], signal);
    assert.deepEqual(
      server.requests.map(({ method, url }) => `${method} ${url}`),
      ["POST /v2.1/track", "POST /v2.1/track"],
    );
    const [request, started, turn, tool] = itemsIn(server.at(0));
    const [message] = itemsIn(server.at(1));
    assert.deepEqual(request, {
      ver: 1,
      name: "Microsoft.ApplicationInsights.Request",
      time: new Date(FACT_TIME - 300).toISOString(),
      sampleRate: 100,
      iKey,
      tags: {
        "ai.cloud.role": "kiro-bridge",
        "ai.cloud.roleInstance": "w1",
        "ai.application.ver": "0.0.0",
        "ai.internal.sdkVersion": "kiro-bridge:0.0.0",
        "ai.operation.id": traceId,
        "ai.operation.parentId": "00f067aa0ba902b7",
        "ai.operation.name": "kiro.cli.chat",
      },
      data: {
        baseType: "RequestData",
        baseData: {
          ver: 2,
          id: request?.data.baseData["id"],
          name: "kiro.cli.chat",
          duration: "00:00:00.300",
          success: true,
          properties: request?.data.baseData["properties"],
          measurements: {},
          responseCode: "0",
          source: "",
        },
      },
    });
    assert.deepEqual(started?.data, {
      baseType: "MessageData",
      baseData: { ver: 2, message: "command-started", properties: {} },
    });
    assert.equal(started.tags["ai.operation.parentId"], request?.data.baseData["id"]);
    assert.equal(turn?.data.baseType, "RemoteDependencyData");
    assert.equal(turn.data.baseData["type"], "GenAI | kiro");
    assert.equal(turn.tags["ai.operation.parentId"], request?.data.baseData["id"]);
    assert.equal(tool?.tags["ai.operation.parentId"], turn.data.baseData["id"]);
    assert.deepEqual([tool?.data.baseData["success"], tool?.data.baseData["resultCode"]], [false, "failed"]);
    assert.deepEqual(message?.data.baseType, "MessageData");
    assert.equal(message.data.baseData["severityLevel"], "Information");
    assert.equal(message.tags["ai.operation.id"], traceId);
    assert.ok(ports.hidden.includes(iKey));
  });

  it("sends again only what was not taken, and makes dead letters of what never will be", async () => {
    server.reply(
      rejects(
        // Each run is a request and the trace of its start.
        { index: 3, statusCode: 400, message: "Field 'name' is too long" },
        { index: 4, statusCode: 503, message: "busy" },
      ),
      rejects({ index: 0, statusCode: 400, message: "Field 'name' is too long" }),
    );
    const destination = open({ signals: ["traces"] });
    const facts = ["a", "b", "c"].map((id, number) => endFactOf(id, number, { command: `editor.${id}` }));
    const late = await failureOf(destination.send(facts, signal));
    assert.equal(late.kind, "passing");
    assert.match(late.message, /has not taken an item \(503\)\. It says: “busy”/);
    const { refused } = await destination.send(facts, signal);
    assert.deepEqual(
      refused?.map(({ id }) => id),
      ["w1-e1-1"],
    );
    assert.match(refused?.[0]?.reason ?? "", /\(400\)\. It says: “Field 'name' is too long”/);
    assert.deepEqual(
      itemsIn(server.at(1)).map(({ data }) => data.baseData["name"]),
      ["editor.b", undefined, "editor.c", undefined],
    );
  });

  it("cuts what is longer than the service takes, at whole characters, and content of models later", async () => {
    const output = `a${"ä\u{1F600}".repeat(6000)}`;
    const fact = endFactOf("exec-1", 3, { agent: "cli", target: "cli" });
    const event = { ...fact.event, output } as typeof fact.event;
    await open({ content: "output" }).send([{ ...fact, event }], signal);
    const [, , turn] = itemsIn(server.at(0));
    const [message] = itemsIn(server.at(1));
    const propertiesOf = (item: Item | undefined) => item?.data.baseData["properties"] as Record<string, string>;
    const messages = propertiesOf(turn)["gen_ai.output.messages"] ?? "";
    assert.match(JSON.stringify(JSON.parse(messages)), /"finish_reason":"end_turn"/);
    const cut = propertiesOf(message)["kiro_bridge.output"] ?? "";
    assert.equal(Buffer.byteLength(cut), 8191);
    assert.ok(output.startsWith(cut));
  });

  it("tells a server that is no ingestion, or that has lost items", async () => {
    server.reply({ body: '{"ok":true}' });
    const other = await failureOf(open().send([endFactOf("a")], signal));
    assert.equal(other.kind, "blocked");
    assert.match(other.message, /does not answer as the ingestion of Application Insights does/);
    server.reply({ body: '{"itemsReceived":1,"itemsAccepted":0,"errors":[]}' });
    const { refused } = await open({ signals: ["traces"] }).send([endFactOf("a")], signal);
    assert.match(refused?.[0]?.reason ?? "", /not taken 1 of 1 items/);
  });

  for (const [status, kind] of [
    [400, "refused"],
    [401, "blocked"],
    [439, "passing"],
    [500, "passing"],
    [308, "blocked"],
  ] as const) {
    it(`is ${kind} by an answer ${status}`, async () => {
      server.reply({ status, headers: { location: "http://127.0.0.1:9/" }, body: "" });
      const work = open({ signals: ["traces"] }).send([endFactOf("a")], signal);
      if (kind === "refused") assert.equal((await work).refused?.length, 1);
      else assert.equal((await failureOf(work)).kind, kind);
    });
  }

  it("sends what was counted since the last time, and the sums of histograms", async () => {
    const meter = new PrometheusMeter();
    const calls = meter.counter("kiro_bridge_calls_total", "Calls.");
    const took = meter.histogram("kiro_bridge_took_seconds", "How long.", [1, 2]);
    meter.observe("gauge", "kiro_bridge_load", "Load.", () => 3);
    calls.add(4);
    const { periodic } = open({}, portsOf({ metrics: () => meter.read() }));
    calls.add(2, { by: "a" });
    took.record(1.5);
    took.record(0.5);
    await periodic?.send(signal);
    await periodic?.send(signal);
    const metricsOf = (index: number): unknown[] =>
      itemsIn(server.at(index)).map(({ data }) => [data.baseData["metrics"], data.baseData["properties"]]);
    const load = [[{ name: "kiro_bridge.load", kind: "Aggregation", value: 3, count: 1 }], {}];
    assert.deepEqual(metricsOf(0), [
      [[{ name: "kiro_bridge.calls", kind: "Aggregation", value: 2, count: 1 }], { by: "a" }],
      [[{ name: "kiro_bridge.took", kind: "Aggregation", value: 2, count: 2 }], {}],
      load,
    ]);
    assert.deepEqual(metricsOf(1), [load]);
  });

  it("is tested with marked items", async () => {
    const { detail } = await open().test(signal);
    assert.match(detail ?? "", /^Taken: traces, logs, metrics\. The trace is/);
    assert.deepEqual(
      server.requests.flatMap((request) => itemsIn(request).map(({ data }) => data.baseType)),
      ["RemoteDependencyData", "MessageData", "MetricData"],
    );
    server.reply(rejects({ index: 0, statusCode: 400, message: "Invalid instrumentation key" }));
    assert.match((await failureOf(open().test(signal))).message, /Invalid instrumentation key/);
  });

  it("says what is wrong with a connection string, without repeating it", async () => {
    for (const secret of [
      "",
      "abc",
      `InstrumentationKey=${iKey}`,
      `InstrumentationKey=x;IngestionEndpoint=${server.url}`,
    ]) {
      const { kind, message } = await failureOf(open({}, portsOf({ secret })).send([endFactOf("a")], signal));
      assert.equal(kind, "blocked");
      assert.match(message, /'mine' (?:has no connection string|is not a connection string)/);
      assert.ok(!message.includes(iKey));
    }
    const plain = await failureOf(
      open({}, portsOf({ secret: `InstrumentationKey=${iKey};IngestionEndpoint=http://example.com` })).test(signal),
    );
    assert.match(plain.message, /would not be encrypted/);
    assert.equal(server.requests.length, 0);
  });
});

describe("A connection string of Application Insights", () => {
  it("names the ingestion by an address, or by a suffix and a location", () => {
    const urlOf = (rest: string): string =>
      parseConnectionString(`InstrumentationKey=${iKey};${rest}`, "a").trackUrl.href;
    assert.equal(
      urlOf("IngestionEndpoint=https://eu.in.applicationinsights.azure.com/;LiveEndpoint=https://live/"),
      "https://eu.in.applicationinsights.azure.com/v2.1/track",
    );
    assert.equal(urlOf("EndpointSuffix=example.cn;Location=east"), "https://east.dc.example.cn/v2.1/track");
    assert.equal(urlOf("EndpointSuffix=example.cn"), "https://dc.example.cn/v2.1/track");
  });
});
