import assert from "node:assert/strict";
import { KiroBridgeClient } from "../../../src/client/client.ts";
import { isKiroBridgeError, type KiroBridgeError } from "../../../src/client/errors.ts";
import type { ClientOptions } from "../../../src/client/options.ts";
import { BridgeError, ERRORS, errorCodes } from "../../../src/protocol/errors.ts";
import { startPlainServer } from "../../support/client/plainServer.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge, type TestBridgeOptions } from "../../support/testBridge.ts";

async function failureOf(call: Promise<unknown>): Promise<KiroBridgeError> {
  const error = await call.then(
    () => assert.fail("the call must fail"),
    (reason: unknown) => reason,
  );
  assert.ok(isKiroBridgeError(error), String(error));
  return error;
}

describe("The errors of the SDK", () => {
  let bridge: TestBridge | undefined;
  const start = async (options: TestBridgeOptions = {}, clientOptions: ClientOptions = { token: TEST_TOKEN }) => {
    bridge = await startTestBridge(options);
    return new KiroBridgeClient(`http://127.0.0.1:${bridge.port}`, clientOptions);
  };
  afterEach(async () => {
    await bridge?.dispose();
    bridge = undefined;
  });

  for (const code of errorCodes.filter((code) => ERRORS[code].status !== 200)) {
    it(`have the code ${code} with the facts of its body`, async () => {
      const { status, recoverable } = ERRORS[code];
      const body = new BridgeError(code, "for people", { rule: "x" }).toBody();
      const answer = JSON.stringify({ ...body, executionId: "exec-1", output: "so far" });
      const fetch = () => Promise.resolve(new Response(answer, { status, headers: { "Retry-After": "3" } }));
      const client = new KiroBridgeClient("http://127.0.0.1:1", { fetch });
      const error = await failureOf(client.executeCommand("test.echo"));
      const { message, context, executionId, retryAfterMs } = error;
      assert.deepEqual([error.code, error.status, error.recoverable], [code, status, recoverable]);
      assert.deepEqual([message, context, executionId], ["for people", { rule: "x" }, "exec-1"]);
      assert.equal(retryAfterMs, 3000);
      assert.equal(error.body?.["output"], "so far");
    });
  }

  it("take the status for a code of a later version", async () => {
    const body = { code: "NEW_CODE", message: "new", recoverable: true };
    const fetch = () => Promise.resolve(Response.json(body, { status: 429 }));
    const error = await failureOf(new KiroBridgeClient("http://127.0.0.1:1", { fetch }).me());
    assert.deepEqual([error.code, error.body], ["RATE_LIMIT_EXCEEDED", body]);
  });

  it("are recognized across copies of the class", () => {
    const other = Object.assign(new Error("of another bundle"), { [Symbol.for("kiro-bridge.KiroBridgeError")]: true });
    assert.ok(isKiroBridgeError(other));
    assert.ok(!isKiroBridgeError(new Error("plain")));
  });

  it("come from the bridge for a wrong token, a denied command, and a request that is not valid", async () => {
    const client = await start();
    const stranger = new KiroBridgeClient(client.baseUrl, { token: "wrong" });
    assert.equal((await failureOf(stranger.getStatus())).code, "AUTHENTICATION_FAILED");
    assert.equal((await failureOf(client.executeCommand("_internal"))).code, "ACCESS_DENIED");
    const invalid = await failureOf(client.executeCommand(""));
    assert.deepEqual([invalid.code, invalid.context?.["field"]], ["VALIDATION_FAILED", "command"]);
    assert.equal((await failureOf(client.executions.get("exec-1-1-abc"))).code, "NOT_FOUND");
  });

  it("come from the bridge for another request with the same key", async () => {
    const client = await start();
    await client.executeCommand("test.echo", ["a"], { idempotencyKey: "one" });
    const repeated = await client.executeCommand("test.echo", ["a"], { idempotencyKey: "one" });
    assert.equal(repeated.output, "a");
    const other = client.executeCommand("test.echo", ["b"], { idempotencyKey: "one" });
    assert.equal((await failureOf(other)).code, "CONFLICT");
  });

  it("come from the bridge for too many requests, with the delay, and for a large body", async () => {
    const client = await start({ limits: { maxRequestsPerMinute: 2, maxBodyBytes: 1024 } });
    const large = await failureOf(client.executeCommand("test.echo", ["x".repeat(2000)]));
    assert.equal(large.code, "PAYLOAD_TOO_LARGE");
    await client.me();
    const limited = await failureOf(client.me());
    assert.equal(limited.code, "RATE_LIMIT_EXCEEDED");
    assert.ok(limited.recoverable && (limited.retryAfterMs ?? 0) >= 1000);
  });

  it("come from the bridge with the execution when its deadline has passed", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const client = await start({ commands: { "test.hang": () => promise } });
    const error = await failureOf(client.executeCommand({ command: "test.hang", timeoutMs: 20 }));
    assert.equal(error.code, "OPERATION_TIMEOUT");
    assert.match(error.executionId ?? "", /^exec-/);
    resolve();
  });

  it("say that nothing listens at the address", async () => {
    const server = await startPlainServer(() => undefined);
    await server.dispose();
    const client = new KiroBridgeClient(server.url);
    const error = await failureOf(client.executeCommand("test.echo"));
    assert.deepEqual([error.code, error.status, error.recoverable], ["NETWORK_ERROR", undefined, true]);
    assert.match(error.message, new RegExp(server.url));
    assert.equal(await client.isReady(), false);
  });

  for (const url of ["localhost:3001", "not a URL", "ftp://127.0.0.1", "http://user:secret@127.0.0.1:3001"]) {
    it(`say at once that an address is not one: ${url}`, () => {
      const isRefusal = (error: unknown) =>
        isKiroBridgeError(error) && error.code === "CONFIGURATION_ERROR" && !error.message.includes("secret");
      assert.throws(() => new KiroBridgeClient(url), isRefusal);
    });
  }

  it("say that a request cannot be sent as JSON, and do not repeat it", async () => {
    const client = await start({}, { token: TEST_TOKEN, retry: true });
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const error = await failureOf(client.executeCommand({ command: "test.echo", params: [cycle] }));
    assert.deepEqual([error.code, error.recoverable, error.status], ["VALIDATION_FAILED", false, undefined]);
  });

  it("say that the deadline of a call has passed", async () => {
    const server = await startPlainServer(() => undefined);
    const error = await failureOf(new KiroBridgeClient(server.url, { timeoutMs: 20 }).getStatus());
    assert.deepEqual([error.code, error.recoverable, error.context?.["timeoutMs"]], ["OPERATION_TIMEOUT", true, 20]);
    await server.dispose();
  });

  for (const [what, status, body] of [
    ["a page in place of JSON", 200, "<html></html>"],
    ["JSON of another kind", 200, '{"hello":"world"}'],
    ["an error page", 404, "<html>Not Found</html>"],
  ] as const) {
    it(`say that the server is not the bridge: ${what}`, async () => {
      const server = await startPlainServer((_request, response) => response.writeHead(status).end(body));
      const client = new KiroBridgeClient(server.url);
      const calls = [
        () => client.getStatus(),
        () => client.executeCommand("x"),
        () => client.executions.get("x"),
        () => client.me(),
      ];
      for (const call of calls) {
        const error = await failureOf(call());
        assert.deepEqual([error.code, error.status, error.recoverable], ["INVALID_RESPONSE", status, false]);
      }
      assert.equal(await client.isReady(), false);
      await server.dispose();
    });
  }

  it("never follow a redirect with the token", async () => {
    const tokens: unknown[] = [];
    const other = await startPlainServer((request, response) => {
      tokens.push(request.headers.authorization);
      response.end("{}");
    });
    const server = await startPlainServer((_request, response) =>
      response.writeHead(307, { Location: other.url }).end(),
    );
    const error = await failureOf(new KiroBridgeClient(server.url, { token: TEST_TOKEN }).me());
    assert.equal(error.code, "NETWORK_ERROR");
    assert.deepEqual(tokens, []);
    await server.dispose();
    await other.dispose();
  });
});
