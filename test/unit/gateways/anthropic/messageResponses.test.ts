import assert from "node:assert/strict";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { OpenApiDocument } from "../../../support/checks/openApiDocument.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { ScriptedAgent } from "../../../support/gateways/scriptedAgent.ts";
import type { Answer, Call } from "../../../support/httpClient.ts";
import { startTestBridge, type TestBridge, type TestBridgeOptions } from "../../../support/testBridge.ts";

const principals = new FakePrincipals();
const viewer = principals.add("viewer", { role: "viewer" });
const body = { model: "kiro", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] };

/** A way to a status, on each of the paths unless it is about one. */
interface Way {
  readonly status: number;
  readonly isOfPrompts?: boolean;
  readonly options?: TestBridgeOptions;
  readonly agent?: (agent: ScriptedAgent) => void;
  readonly call?: Call;
  /** Sends further requests before. */
  readonly before?: (bridge: TestBridge, path: string) => Promise<unknown>;
  readonly send?: (bridge: TestBridge, path: string) => Promise<Answer>;
}

const failing = (code: "OPERATION_TIMEOUT" | "KIRO_UNAVAILABLE") => (agent: ScriptedAgent) =>
  (agent.getReady = () => Promise.reject(new BridgeError(code)));

const ways: readonly Way[] = [
  { status: 200 },
  { status: 400, call: { body: { ...body, messages: [] } } },
  { status: 401, call: { headers: { Authorization: "Bearer wrong" } } },
  { status: 403, send: (bridge, path) => bridge.callAs(viewer, path, { body }) },
  { status: 404, options: { settings: () => (name) => (name === "gateways.anthropic.enabled" ? false : undefined) } },
  { status: 408, isOfPrompts: true, agent: failing("OPERATION_TIMEOUT") },
  {
    status: 409,
    isOfPrompts: true,
    call: { headers: { "Idempotency-Key": "one" } },
    before: (bridge, path) =>
      bridge.call(path, { body: { ...body, max_tokens: 5 }, headers: { "Idempotency-Key": "one" } }),
  },
  { status: 413, options: { limits: { maxBodyBytes: 10 } } },
  { status: 415, call: { body: "Hi", headers: { "Content-Type": "text/plain" } } },
  {
    status: 429,
    options: { limits: { maxRequestsPerMinute: 1 } },
    before: (bridge, path) => bridge.call(path, { body }),
  },
  { status: 431, call: { headers: { "X-Long": "x".repeat(20_000) } } },
  {
    status: 500,
    isOfPrompts: true,
    agent: (agent) => (agent.answer = () => Promise.reject(new BridgeError("KIRO_UNAVAILABLE", "It has crashed."))),
  },
  { status: 529, before: (bridge) => Promise.resolve(bridge.server.announceStop()) },
];

describe("The responses of the Messages API", () => {
  const document = new OpenApiDocument();

  for (const path of ["/v1/messages", "/v1/messages/count_tokens"]) {
    const own = ways.filter(({ isOfPrompts = false }) => !isOfPrompts || path === "/v1/messages");

    it(`are those that the OpenAPI document has: ${path}`, () => {
      const { responses } = document.operation(`POST ${path}`);
      // Vendors of engines have further ones, and may take too long.
      const statuses = [...own.map(({ status }) => String(status)), "408", "500", "default"];
      assert.deepEqual(new Set(Object.keys(responses)), new Set(statuses));
    });

    for (const { status, options, agent: prepare, call, before, send } of own) {
      it(`may have the status ${status}: ${path}`, async () => {
        const agent = new ScriptedAgent();
        prepare?.(agent);
        const bridge = await startTestBridge({ principals, agent, ...options });
        try {
          await before?.(bridge, path);
          const answer = await (send ?? ((to) => to.call(path, { body, ...call })))(bridge, path);
          assert.equal(answer.status, status, answer.text);
        } finally {
          await bridge.dispose();
        }
      });
    }
  }

  it("may be a stream", async () => {
    const bridge = await startTestBridge({ agent: new ScriptedAgent() });
    try {
      const { status, headers, text } = await bridge.call("/v1/messages?beta=true", {
        body: { ...body, stream: true },
      });
      assert.equal(status, 200);
      assert.match(String(headers["content-type"]), /^text\/event-stream/u);
      assert.match(text, /^event: message_start\n.*"text":"answer to Hi".*event: message_stop\ndata: .*\n\n$/su);
    } finally {
      await bridge.dispose();
    }
  });
});
