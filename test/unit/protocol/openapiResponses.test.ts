import assert from "node:assert/strict";
import type { Answer } from "../../support/httpClient.ts";
import { OpenApiDocument } from "../../support/checks/openApiDocument.ts";
import { startTestBridge, type TestBridge, type TestBridgeOptions } from "../../support/testBridge.ts";

const document = new OpenApiDocument();

/** What the running bridge answers, in ways that lead to every status of `POST /api/kiro/execute`. */
const provocations: Record<number, { bridge?: TestBridgeOptions; send: (bridge: TestBridge) => Promise<Answer> }> = {
  200: { send: (bridge) => bridge.execute({ command: "test.echo", args: ["hello"] }) },
  202: { send: (bridge) => bridge.execute({ command: "test.echo" }, { Prefer: "respond-async" }) },
  400: { send: (bridge) => bridge.execute({ command: 1 }) },
  401: { send: (bridge) => bridge.execute({ command: "test.echo" }, { Authorization: "Bearer wrong" }) },
  403: { send: (bridge) => bridge.execute({ command: "test.echo" }, { Host: "evil.example" }) },
  404: { send: (bridge) => bridge.execute({ command: "test.echo", workspacePath: "/nowhere" }) },
  408: { send: (bridge) => bridge.execute({ command: "test.hang", timeoutMs: 20 }) },
  409: {
    send: async (bridge) => {
      await bridge.execute({ command: "test.echo" }, { "Idempotency-Key": "one" });
      return bridge.execute({ command: "test.echo", args: ["other"] }, { "Idempotency-Key": "one" });
    },
  },
  413: { bridge: { limits: { maxBodyBytes: 10 } }, send: (bridge) => bridge.execute({ command: "test.echo" }) },
  415: { send: (bridge) => bridge.execute("command=test.echo", { "Content-Type": "text/plain" }) },
  429: {
    bridge: { lanes: { concurrency: 1, maxQueued: 0 } },
    send: async (bridge) => {
      await bridge.execute({ command: "test.hang" }, { Prefer: "respond-async" });
      return bridge.execute({ command: "test.echo" });
    },
  },
  431: { send: (bridge) => bridge.execute({ command: "test.echo" }, { "X-Long": "x".repeat(20_000) }) },
  500: {
    send: (bridge) => {
      bridge.core.dispatcher.submit = () => Promise.reject(new Error("a mistake of ours"));
      return bridge.execute({ command: "test.echo" });
    },
  },
  503: {
    send: (bridge) => {
      bridge.server.announceStop();
      return bridge.execute({ command: "test.echo" });
    },
  },
};

describe("What the OpenAPI document says of POST /api/kiro/execute", () => {
  const route = "POST /api/kiro/execute";

  it("has every status that can be provoked, and no other", () => {
    assert.deepEqual(Object.keys(document.operation(route).responses), Object.keys(provocations));
  });

  for (const [status, { bridge: options, send }] of Object.entries(provocations)) {
    it(`matches a real ${status}`, async () => {
      const commands = { "test.hang": () => new Promise(() => undefined) };
      const bridge = await startTestBridge({ ...options, commands });
      try {
        const answer = await send(bridge);
        assert.equal(answer.status, Number(status));
        assertDescribed(route, answer);
      } finally {
        await bridge.dispose();
      }
    });
  }
});

describe("What the OpenAPI document says of the other routes", () => {
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge();
  });

  after(() => bridge.dispose());

  it("matches real responses", async () => {
    const { json } = await bridge.execute({ command: "test.echo", args: ["hello"] });
    const id = String(json["executionId"]);
    const one = `/api/kiro/executions/${id}`;
    const answers: [string, number, Promise<Answer>][] = [
      ["GET /health", 200, bridge.call("/health")],
      ["GET /api/kiro/status", 200, bridge.call("/api/kiro/status")],
      ["GET /api/kiro/commands", 200, bridge.call("/api/kiro/commands?query=test&limit=5")],
      ["GET /api/kiro/commands", 400, bridge.call("/api/kiro/commands?limit=none")],
      ["GET /kiro/sessions", 404, bridge.call("/kiro/sessions?windowId=none")],
      ["GET /api/kiro/executions", 200, bridge.call("/api/kiro/executions?status=completed")],
      ["GET /api/kiro/executions", 400, bridge.call("/api/kiro/executions?status=unknown")],
      ["GET /api/kiro/executions/{id}", 200, bridge.call(one)],
      ["GET /api/kiro/executions/{id}", 404, bridge.call("/api/kiro/executions/none")],
      ["GET /api/kiro/executions/{id}/events", 200, bridge.call(`${one}/events`)],
      ["GET /api/kiro/executions/{id}/events", 404, bridge.call("/api/kiro/executions/none/events")],
      ["POST /api/kiro/executions/{id}/cancel", 200, bridge.call(`${one}/cancel`, { body: {} })],
      ["POST /api/kiro/executions/{id}/cancel", 404, bridge.call("/api/kiro/executions/none/cancel", { body: {} })],
      [
        "POST /api/kiro/input",
        404,
        bridge.call("/api/kiro/input", { body: { value: "x", type: "text", executionId: id } }),
      ],
      ["POST /api/kiro/policy/check", 200, bridge.call("/api/kiro/policy/check", { body: { command: "test.echo" } })],
      [
        "POST /api/kiro/policy/check",
        415,
        bridge.call("/api/kiro/policy/check", { method: "POST", body: "x", headers: { "Content-Type": "text/plain" } }),
      ],
    ];
    for (const [route, status, sent] of answers) {
      const answer = await sent;
      assert.equal(answer.status, status, route);
      assertDescribed(route, answer);
    }
  });

  it("matches a stopping bridge", async () => {
    const stopping = await startTestBridge();
    stopping.server.announceStop();
    const answer = await stopping.call("/health");
    assert.equal(answer.status, 503);
    assertDescribed("GET /health", answer);
    await stopping.dispose();
  });
});

/** The document has this status for the route, with these headers, this media type, and a schema that the body fits. */
function assertDescribed(route: string, { status, headers, text }: Answer): void {
  const described = document.response(route, status);
  for (const name of Object.keys(described.headers ?? {})) {
    if (described.headers?.[name]?.required === true)
      assert.ok(headers[name.toLowerCase()] !== undefined, `${route} ${status} ${name}`);
  }
  const [type = ""] = String(headers["content-type"]).split(";");
  const media = described.content?.[type];
  assert.ok(media !== undefined, `${route} ${status} ${type}`);
  if (type !== "application/json") return;
  const { error } = document.reader(media.schema).safeParse(JSON.parse(text));
  assert.equal(error, undefined, `${route} ${status}: ${error?.message}\n${text}`);
}
