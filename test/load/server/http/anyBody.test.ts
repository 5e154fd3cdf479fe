import assert from "node:assert/strict";
import { Agent } from "node:http";
import * as fc from "fast-check";
import { errorBodySchema } from "../../../../src/protocol/errorBody.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { executeRequestSchema } from "../../../../src/protocol/executions.ts";
import { inputAnswerSchema } from "../../../../src/protocol/input.ts";
import { validate } from "../../../../src/protocol/validate.ts";
import { callPort } from "../../../support/httpClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";

const VALUES = 10_000;
const REQUESTS = 2_000;
const AT_ONCE = 50;
const paths = ["/api/kiro/execute", "/api/kiro/execute", "/api/kiro/policy/check", "/api/kiro/input"];

/** Mostly near a request, sometimes JSON of any kind, sometimes any text or bytes. */
const requestLike = fc.record(
  {
    command: fc.oneof(
      fc.constantFrom("test.echo", "test.echo", "kiro.cli.chat", "__proto__"),
      fc.string({ unit: "binary" }),
      fc.anything(),
    ),
    args: fc.oneof(fc.array(fc.string({ unit: "binary" })), fc.jsonValue()),
    params: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
    workspacePath: fc.oneof(fc.string({ unit: "binary" }), fc.constant("/tmp/../etc"), fc.jsonValue()),
    target: fc.oneof(fc.constantFrom("auto", "editor", "cli"), fc.jsonValue()),
    timeoutMs: fc.oneof(fc.integer(), fc.double()),
    session: fc.jsonValue(),
    value: fc.string(),
    type: fc.constantFrom("text", "choice", "file", "confirmation"),
    executionId: fc.string(),
    extra: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  { weight: 6, arbitrary: requestLike.map(toText) },
  { weight: 2, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
);

/** What JSON has no word for is left to JSON.stringify; a BigInt or a cycle makes it a text that is no JSON. */
function toText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "{";
  }
}

describe("Arbitrary bodies", () => {
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge({ defaultTimeoutMs: 5_000 });
  });

  after(() => bridge.dispose());

  it(`are accepted by the schemas or rejected with a reason: ${VALUES}`, () => {
    for (const schema of [executeRequestSchema, inputAnswerSchema]) {
      fc.assert(
        fc.property(fc.oneof(requestLike, fc.anything({ withBigInt: true, withNullPrototype: true })), (value) => {
          try {
            validate<unknown>(schema, value);
          } catch (error) {
            assert.ok(error instanceof BridgeError, String(error));
            assert.equal(error.code, "VALIDATION_FAILED");
            assert.deepEqual(Object.keys(error.context ?? {}), ["field", "rule", "expected", "received"]);
          }
        }),
        { numRuns: VALUES / 2 },
      );
    }
  });

  it(`receive a documented response over HTTP, and never a 500: ${REQUESTS}`, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    const ask = async (path: string, sent: string | Uint8Array): Promise<void> => {
      const answer = await bridge.call(path, { method: "POST", body: sent, agent });
      assert.ok(answer.status < 500, `${path} ${String(sent)} → ${answer.status} ${answer.text}`);
      if (answer.status >= 400) errorBodySchema.loose().parse(answer.json);
      else assert.equal(typeof answer.json, "object");
    };
    const group = fc.array(fc.tuple(fc.constantFrom(...paths), body), { minLength: AT_ONCE, maxLength: AT_ONCE });
    await fc.assert(
      fc.asyncProperty(group, async (calls) => void (await Promise.all(calls.map(([path, sent]) => ask(path, sent))))),
      { numRuns: REQUESTS / AT_ONCE, endOnFailure: true },
    );
    agent.destroy();
    assert.equal((await callPort(bridge.port, "/health")).status, 200);
    assert.equal(Object.keys(Object.prototype).length, 0);
  });
});
