import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { PrometheusMeter } from "../../../src/core/metrics/prometheus.ts";
import type { Destination } from "../../../src/exports/delivery/destination.ts";
import { createOtlp, otlpSchema } from "../../../src/exports/telemetry/otlp.ts";
import { protocols } from "../../../src/exports/telemetry/otlp/wire.ts";
import { destinationPorts } from "../../support/exports/destinationPorts.ts";
import { endFactOf, FACT_TIME } from "../../support/exports/facts.ts";
import { type DecodedSpan, found, idOf, plain } from "../../support/exports/peers/otlpMessages.ts";
import { OtlpPeer } from "../../support/exports/peers/otlpPeer.ts";

const signal = new AbortController().signal;
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const callerSpan = "00f067aa0ba902b7";

/** Telemetry as a collector of others decodes it. */
describe("A collector of OpenTelemetry", () => {
  for (const protocol of protocols) {
    it(`understands traces, logs and metrics as ${protocol}`, async () => {
      await using peer = await OtlpPeer.start();
      const store = new DisposableStore();
      try {
        const meter = new PrometheusMeter();
        meter.counter("kiro_bridge_calls_total", "Calls.").add(3, { by: "a" });
        const took = meter.histogram("kiro_bridge_took_seconds", "How long.", [1, 2]);
        took.record(1.5);
        const ports = destinationPorts(store, { secret: "key-1", metrics: () => meter.read() });
        const settings = { endpoint: peer.endpoint.href, protocol, compression: "none", auth: { kind: "key" } };
        const element = otlpSchema.parse({ name: "mine", kind: "otlp", preset: "collector", ...settings });
        const destination = store.add(createOtlp(element, ports));
        await sendRun(destination);
        await destination.periodic?.send(signal);
        assertTree(found(plain(await peer.received("traces")), "spans") as DecodedSpan[]);
        const records = JSON.stringify(plain(await peer.received("logs")));
        assert.match(records, /The execution of kiro\.cli\.chat has failed\./);
        assert.match(records, /OPERATION_TIMEOUT/);
        const metrics = JSON.stringify(plain(await peer.received("metrics")));
        for (const name of ["kiro_bridge.calls", "kiro_bridge.took", "gen_ai.client.operation.duration"])
          assert.ok(metrics.includes(`"${name}"`), name);
        assert.deepEqual(new Set(peer.calls.map(({ headers }) => headers["authorization"])), new Set(["Bearer key-1"]));
      } finally {
        await store.dispose();
      }
    });
  }
});

async function sendRun(destination: Destination): Promise<void> {
  const tool = {
    kind: "tool",
    id: "c1",
    name: "edit",
    startedAt: FACT_TIME - 90,
    endedAt: FACT_TIME - 60,
    status: "failed",
  } as const;
  const failed = {
    status: "failed",
    errorCode: "OPERATION_TIMEOUT",
    agent: "cli",
    target: "cli",
    steps: [tool],
  } as const;
  const traceparent = `00-${traceId}-${callerSpan}-01`;
  await destination.send([endFactOf("exec-1", 3, { ...failed, traceparent })], signal);
}

function assertTree(spans: readonly DecodedSpan[]): void {
  assert.deepEqual(
    spans.map(({ name }) => name),
    ["kiro.cli.chat", "invoke_agent kiro", "execute_tool edit"],
  );
  const [execution, turn, tool] = spans;
  assert.deepEqual(new Set(spans.map((span) => idOf(span.traceId))), new Set([traceId]));
  assert.deepEqual(
    [idOf(execution?.parentSpanId), idOf(turn?.parentSpanId), idOf(tool?.parentSpanId)],
    [callerSpan, idOf(execution?.spanId), idOf(turn?.spanId)],
  );
  for (const { status } of spans) assert.match(String(status?.code), /^(?:2|STATUS_CODE_ERROR)$/);
}
