import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { ExportingBridges } from "../../support/exports/exportingBridge.ts";
import { type DecodedSpan, found, idOf, plain } from "../../support/exports/peers/otlpMessages.ts";
import { OtlpPeer } from "../../support/exports/peers/otlpPeer.ts";
import { FakeAgent } from "../../support/fakePorts.ts";
import type { TestBridge } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const callerSpan = "00f067aa0ba902b7";
const traceparent = `00-${traceId}-${callerSpan}-01`;
const variables = {
  OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=team%201",
  OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  OTEL_EXPORTER_OTLP_COMPRESSION: "none",
  OTEL_SERVICE_NAME: "kiro-of-ci",
  OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=ci",
  OTEL_METRIC_EXPORT_INTERVAL: "500",
};

/** From the setting of a running bridge to a collector of others. */
describe("The telemetry of a bridge", () => {
  let store: DisposableStore;
  let bridges: ExportingBridges;
  let peer: OtlpPeer;
  beforeEach(async () => {
    store = new DisposableStore();
    peer = await OtlpPeer.start();
    store.defer(() => peer[Symbol.asyncDispose]());
    bridges = store.add(await ExportingBridges.create());
  });
  afterEach(() => store.dispose());

  const collector = (settings: object): object => ({ name: "traces", kind: "otlp", preset: "collector", ...settings });
  const spansAt = (): readonly DecodedSpan[] => found(plain(peer.traces), "spans") as DecodedSpan[];

  /** Starts a bridge with an agent whose tool runs a command of the editor. */
  async function start(): Promise<TestBridge> {
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      const { dispatcher } = bridge.core;
      const call = { toolCallId: "call-1", title: "Save", kind: "edit" };
      context.toolCall({ ...call, status: "pending" });
      const child = await dispatcher.submit(
        { command: "test.echo", args: ["x"] },
        dispatcher.agentCaller(context.executionId, "cli"),
      );
      context.toolCall({ ...call, childId: child.id });
      await child.settled;
      context.toolCall({ ...call, status: "completed" });
      return { kind: "completed", output: "Done." };
    };
    const bridge = await bridges.start({ agent });
    return bridge;
  }

  const prompt = async (bridge: TestBridge, headers: Record<string, string> = {}): Promise<void> => {
    const { status, text } = await bridge.execute({ command: "kiro.cli.chat", args: ["hi"] }, headers);
    assert.equal(status, 200, text);
  };

  /** Shows each span with its parent, by their names. */
  const treeOf = (spans: readonly DecodedSpan[]): string[] => {
    const names = new Map(spans.map(({ spanId, name }) => [idOf(spanId), name]));
    const tree = spans.map(({ name, parentSpanId }) => {
      const parent = idOf(parentSpanId);
      return parent === "" ? name : `${name} < ${names.get(parent) ?? parent}`;
    });
    return tree.toSorted();
  };
  const branches = [
    "execute_tool edit < invoke_agent kiro",
    "invoke_agent kiro < kiro.cli.chat",
    "test.echo < execute_tool edit",
  ];

  it("continues the trace of a caller down to what an agent has requested, with logs and metrics", async () => {
    bridges.elements = [collector({ endpoint: peer.endpoint.href, compression: "none", metricsIntervalSeconds: 1 })];
    const bridge = await start();
    await prompt(bridge, { traceparent });
    await until(() => spansAt().length >= 4, "all spans");
    assert.deepEqual(treeOf(spansAt()), [...branches, `kiro.cli.chat < ${callerSpan}`].toSorted());
    assert.deepEqual(new Set(spansAt().map((span) => idOf(span.traceId))), new Set([traceId]));
    await until(() => found(plain(peer.logs), "logRecords").length >= 2, "a record of each execution");
    const records = JSON.stringify(plain(peer.logs));
    assert.match(records, /The execution of kiro\.cli\.chat has completed\./);
    assert.doesNotMatch(records, /Done\./);
    const metricsOf = (message: unknown) => JSON.stringify(plain([message as Record<string, unknown>]));
    await until(
      () => peer.metrics.some((message) => metricsOf(message).includes("gen_ai.client.operation.duration")),
      "the run in the metrics",
    );
    const [first] = peer.metrics.map(metricsOf);
    assert.match(first ?? "", /"kiro_bridge\.executions"/);
    await peer.received("metrics", 2);
  });

  it("goes where the variables of OpenTelemetry say, in a trace of its own without a caller's", async () => {
    const given = { ...variables, OTEL_EXPORTER_OTLP_ENDPOINT: peer.endpoint.href };
    const before = Object.keys(given).map((name) => [name, process.env[name]] as const);
    store.defer(() => {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });
    Object.assign(process.env, given);
    bridges.elements = [collector({ metricsIntervalSeconds: 3600 })];
    const bridge = await start();
    await prompt(bridge);
    await until(() => spansAt().length >= 4, "all spans");
    assert.deepEqual(treeOf(spansAt()), [...branches, "kiro.cli.chat"].toSorted());
    assert.equal(new Set(spansAt().map((span) => span.traceId)).size, 1);
    for (const signal of ["logs", "metrics"] as const) await peer.received(signal);
    for (const messages of [peer.traces, peer.logs, peer.metrics]) {
      const text = JSON.stringify(plain(messages));
      assert.match(text, /"service\.name","value":\{"stringValue":"kiro-of-ci"\}/);
      assert.match(text, /"deployment\.environment\.name","value":\{"stringValue":"ci"\}/);
    }
    for (const { headers } of peer.calls) {
      assert.deepEqual([headers["x-tenant"], headers["content-type"]], ["team 1", "application/json"]);
    }
  });
});
