import assert from "node:assert/strict";
import { isKiroBridgeError } from "../../../src/client/errors.ts";
import { KiroBridgeClient } from "../../../src/client/client.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";

describe("KiroBridgeClient", () => {
  let bridge: TestBridge;
  let client: KiroBridgeClient;

  before(async () => {
    bridge = await startTestBridge();
    client = new KiroBridgeClient(`http://127.0.0.1:${bridge.port}/`, { token: TEST_TOKEN });
  });
  after(() => bridge.dispose());

  it("runs a command by its ID and arguments, and by a request", async () => {
    const byId = await client.executeCommand("test.echo", ["hello"]);
    assert.equal(byId.success, true);
    assert.equal(byId.output, "hello");
    const byRequest = await client.executeCommand({ command: "test.echo", params: [{ a: 1 }] });
    assert.deepEqual(byRequest.result, { a: 1 });
  });

  it("resolves with success false for a command that failed", async () => {
    const response = await client.executeCommand("test.missing");
    assert.equal(response.success, false);
    assert.match(response.error ?? "", /not found/);
  });

  it("reads the status, whole and in fields, and the health", async () => {
    const status = await client.getStatus();
    assert.ok(status.availableCommands.includes("test.echo"));
    assert.deepEqual(Object.keys(await client.getStatus({ fields: ["status"] })), ["status"]);
    assert.equal(await client.isReady(), true);
    assert.equal((await client.getHealth()).status, "healthy");
  });

  it("rejects with the code, the status and the context of the bridge", async () => {
    const call = client.executeCommand({ command: "test.echo", workspacePath: "/elsewhere" });
    await assert.rejects(call, (error) => {
      assert.ok(isKiroBridgeError(error));
      assert.equal(error.code, "NOT_FOUND");
      assert.equal(error.status, 404);
      assert.equal(error.recoverable, false);
      assert.equal(error.context?.["workspacePath"], "/elsewhere");
      return true;
    });
  });
});
