import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import type { Fact } from "../../../../src/exports/outbox/fact.ts";
import type { RunExport } from "../../../../src/protocol/runExport.ts";
import { destinationPorts } from "../../../support/exports/destinationPorts.ts";
import { FACT_TIME, factOf, runOf } from "../../../support/exports/facts.ts";
import {
  failureOf,
  openOtlp,
  serveOtlp,
  taken,
  textOf,
  turnFactOf,
  unlimited,
} from "../../../support/exports/otlpDestination.ts";
import type { Script, ScriptedRequest } from "../../../support/exports/scriptedServer.ts";

describe("A destination of kind otlp", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  it("sends the traces and the log of an end, and wants nothing else", async () => {
    const server = await serveOtlp(store);
    const destination = openOtlp(store, server);
    const facts = [turnFactOf("exec-1"), turnFactOf("exec-2", 4, { status: "failed", windowId: "w2" })];
    assert.deepEqual(await destination.send(facts, unlimited), { outcome: "sent" });
    assert.deepEqual(
      server.requests.map(({ url }) => url),
      ["/v1/traces", "/v1/logs"],
    );
    assert.deepEqual(namesIn(server.at(0)), [
      ["kiro.cli.chat", "invoke_agent kiro"],
      ["kiro.cli.chat", "invoke_agent kiro"],
    ]);
    assert.deepEqual(windowsIn(server.at(0)), ["w1", "w2"]);
    const logs = JSON.stringify(server.at(1).json);
    assert.match(logs, /"eventName":"kiro_bridge.command_completed"/);
    assert.match(logs, /The execution of kiro\.cli\.chat has failed\./);
    const started = factOf({ type: "command-started", executionId: "a", command: "c", args: [] }, 1, runOf("a"));
    assert.deepEqual(
      [destination.wants(started.event.type), destination.wants(turnFactOf("a").event.type)],
      [false, true],
    );
    assert.equal(destination.wants("status-changed"), false);
  });

  it("sends no content unless the user allows it", async () => {
    const server = await serveOtlp(store);
    const ports = destinationPorts(store, {
      exportRun: (executionId) => Promise.resolve(exportOf(executionId)),
    });
    const fact = withOutput(turnFactOf("exec-1"), "the-output");
    await openOtlp(store, server, {}, ports).send([fact], unlimited);
    const none = JSON.stringify(server.requests.map(({ json }) => json));
    assert.doesNotMatch(none, /the-output|the-prompt/);
    await openOtlp(store, server, { content: "output" }, ports).send([fact], unlimited);
    const output = JSON.stringify(server.requests.slice(2).map(({ json }) => json));
    assert.match(output, /the-output/);
    assert.doesNotMatch(output, /the-prompt/);
    await openOtlp(store, server, { content: "all" }, ports).send([fact], unlimited);
    assert.match(JSON.stringify(server.at(-2).json), /gen_ai\.input\.messages.*the-prompt/);
  });

  it("leaves out what has arrived when another signal has failed", async () => {
    const server = await serveOtlp(store, taken, { status: 503, headers: { "retry-after": "7" }, body: "" });
    const destination = openOtlp(store, server);
    const late = await failureOf(destination.send([turnFactOf("exec-1")], unlimited));
    assert.deepEqual([late.kind, late.status, late.retryAfterMs], ["passing", 503, 7000]);
    assert.match(late.message, /for logs/);
    assert.deepEqual(await destination.send([turnFactOf("exec-1"), turnFactOf("exec-2", 4)], unlimited), {
      outcome: "sent",
    });
    assert.deepEqual(
      server.requests.map(({ url }) => url),
      ["/v1/traces", "/v1/logs", "/v1/traces", "/v1/logs"],
    );
    assert.equal(namesIn(server.at(2)).flat().length, 2);
    assert.equal(recordsIn(server.at(3)), 2);
  });

  it("makes dead letters of what a receiver has taken and dropped", async () => {
    const server = await serveOtlp(
      store,
      { ...taken, body: '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}' },
      taken,
      { ...taken, body: '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}' },
      { ...taken, body: '{"partialSuccess":{"errorMessage":"use gzip"}}' },
    );
    const destination = openOtlp(store, server);
    const one = await destination.send([turnFactOf("exec-1")], unlimited);
    assert.deepEqual(one.refused, [
      { id: "w1-e1-3", reason: "The receiver has taken the request, but rejected 1 of its items. It says: “too old”" },
    ]);
    const two = await destination.send([turnFactOf("exec-1"), turnFactOf("exec-2", 4)], unlimited);
    assert.deepEqual(
      two.refused?.map(({ id }) => id),
      ["w1-e1-3", "w1-e1-4"],
    );
    assert.match(two.refused?.[0]?.reason ?? "", /1 of its items of 2 runs, and does not say which/);
    assert.match(two.detail ?? "", /For logs: It says: “use gzip”/);
  });

  it("reads answers in protobuf: a partial success, and the message of a failure", async () => {
    const type = { "content-type": "application/x-protobuf" };
    // ExportTraceServiceResponse { partial_success { rejected_spans: 2, error_message: "full" } }
    const partial = Buffer.from([0x0a, 8, 0x08, 2, 0x12, 4, ...Buffer.from("full")]);
    // google.rpc.Status { code: 3, message }
    const message = "x".repeat(100);
    const status = Buffer.from([0x08, 3, 0x12, 100, ...Buffer.from(message)]);
    const server = await serveOtlp(
      store,
      { headers: type, body: partial },
      { headers: type, body: "" },
      { status: 400, headers: type, body: status },
    );
    const destination = openOtlp(store, server, { protocol: "http/protobuf" });
    const { refused } = await destination.send([turnFactOf("exec-1")], unlimited);
    assert.match(refused?.[0]?.reason ?? "", /rejected 2 of its items\. It says: “full”/);
    const second = await destination.send([turnFactOf("exec-2")], unlimited);
    assert.match(second.refused?.[0]?.reason ?? "", new RegExp(`refuses the request \\(400\\).*“${message}”`));
  });

  it("halves what is too large for the receiver, until a single run is", async () => {
    const tooLarge: Script = (request) =>
      namesIn(request).length > 1 || textOf(request).includes("exec-3") ? { status: 413 } : taken;
    const server = await serveOtlp(store);
    server.otherwise = (request) => (request.url === "/v1/traces" ? tooLarge(request) : taken);
    const facts = [1, 2, 3, 4].map((number) => turnFactOf(`exec-${number}`, number, { windowId: `w${number}` }));
    const { refused } = await openOtlp(store, server).send(facts, unlimited);
    assert.deepEqual(
      refused?.map(({ id }) => id),
      ["w1-e1-3"],
    );
    assert.match(refused?.[0]?.reason ?? "", /does not accept anything that large \(413\)/);
    const traces = server.requests.filter(({ url }) => url === "/v1/traces").map((request) => namesIn(request).length);
    assert.deepEqual(traces, [4, 2, 1, 1, 2, 1, 1]);
  });

  for (const [status, kind] of [
    [401, "blocked"],
    [403, "blocked"],
    [404, "blocked"],
    [307, "blocked"],
    [429, "passing"],
    [502, "passing"],
    [504, "passing"],
  ] as const) {
    it(`is ${kind} by an answer ${status}`, async () => {
      const server = await serveOtlp(store, { status, headers: { location: "http://127.0.0.1:9/" }, body: "" });
      assert.equal((await failureOf(openOtlp(store, server).send([turnFactOf("exec-1")], unlimited))).kind, kind);
      assert.equal(server.requests.length, 1);
    });
  }

  it("does not repeat a 500, as the specification says", async () => {
    const server = await serveOtlp(store, { status: 500, body: '{"message":"partial failure"}' });
    const { refused } = await openOtlp(store, server).send([turnFactOf("exec-1")], unlimited);
    assert.match(refused?.[0]?.reason ?? "", /reports an internal error \(500\).*partial failure/);
  });

  it("is not fooled by a web page", async () => {
    const server = await serveOtlp(store, {
      status: 200,
      headers: { "content-type": "text/html" },
      body: "<html>Log in</html>",
    });
    const { kind, message } = await failureOf(openOtlp(store, server).send([turnFactOf("exec-1")], unlimited));
    assert.equal(kind, "blocked");
    assert.match(message, /answers with a web page, so it does not speak OTLP/);
  });

  it("compresses, and uses a fresh secret at once", async () => {
    const server = await serveOtlp(store);
    const ports = destinationPorts(store, { secret: "key-1" });
    const destination = openOtlp(
      store,
      server,
      { compression: "gzip", auth: { kind: "key" }, signals: ["logs"] },
      ports,
    );
    await destination.send([turnFactOf("exec-1")], unlimited);
    ports.setSecret("key-2");
    await destination.send([turnFactOf("exec-2")], unlimited);
    assert.deepEqual(
      server.requests.map(({ headers }) => headers["authorization"]),
      ["Bearer key-1", "Bearer key-2"],
    );
    assert.ok(ports.hidden.includes("key-1") && ports.hidden.includes("Bearer key-2"));
    assert.equal(server.at(0).headers["content-encoding"], "gzip");
    assert.match(gunzipSync(server.at(0).body).toString(), /resourceLogs/);
    ports.setSecret(undefined);
    assert.match((await failureOf(destination.send([turnFactOf("exec-3")], unlimited))).message, /has no key/);
  });

  it("tells in words what became of a marked item", async () => {
    const server = await serveOtlp(store);
    const receipt = await openOtlp(store, server).test(unlimited);
    assert.match(receipt.detail ?? "", /^Taken: traces, logs, metrics\. The trace is [0-9a-f]{32}\.$/);
    for (const request of server.requests) assert.match(textOf(request), /kiro_bridge\.test/);
    server.reply({ ...taken, body: '{"partialSuccess":{"rejectedSpans":1,"errorMessage":"no"}}' });
    assert.match(
      (await failureOf(openOtlp(store, server).test(unlimited))).message,
      /traces was taken, but 1 of its items were rejected\. It says: “no”/,
    );
  });
});

/** Returns the names of spans, by resource. */
function namesIn({ json }: ScriptedRequest): string[][] {
  const { resourceSpans = [] } = json as { resourceSpans?: { scopeSpans: { spans: { name: string }[] }[] }[] };
  return resourceSpans.map(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name)));
}

function windowsIn(request: ScriptedRequest): string[] {
  return Array.from(
    textOf(request).matchAll(/"service\.instance\.id","value":{"stringValue":"(\w+)"/g),
    ([, id]) => id ?? "",
  );
}

function recordsIn(request: ScriptedRequest): number {
  return Array.from(textOf(request).matchAll(/"eventName"/g)).length;
}

function withOutput(fact: Fact, output: string): Fact {
  const { event } = fact;
  return event.type === "command-completed" ? { ...fact, event: { ...event, output } } : fact;
}

function exportOf(executionId: string): RunExport {
  const at = new Date(FACT_TIME).toISOString();
  const { command, target, windowId, status } = runOf(executionId);
  return {
    format: "kiro-bridge-run",
    formatVersion: 1,
    exportedAt: at,
    versions: { bridge: "1", editor: "1", node: "24", platform: "linux" },
    execution: {
      id: executionId,
      command,
      args: ["the-prompt"],
      startedAt: at,
      queuedAt: at,
      output: "",
      status,
      target,
      windowId,
    },
    events: [],
  };
}
