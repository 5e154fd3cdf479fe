import assert from "node:assert/strict";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";

describe("Principals over HTTP", () => {
  const principals = new FakePrincipals();
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge({ principals });
  });
  after(() => bridge.dispose());

  it("runs a command for the principal of the token, and records it", async () => {
    const ci = principals.add("ci-1");
    const body = { command: "test.echo", args: ["hello"] };
    const { json } = await bridge.callAs(ci, "/api/kiro/execute", { body });
    const { requestedBy } = (await bridge.call(`/api/kiro/executions/${String(json["executionId"])}`)).json;
    assert.deepEqual(Reflect.get(Object(requestedBy), "principal"), {
      id: "ci-1",
      name: "Client ci-1",
      kind: "client",
    });
  });

  it("rejects the token once the access has ended", async () => {
    const ci = principals.add("ci-2");
    assert.equal((await bridge.callAs(ci, "/api/kiro/status")).status, 200);
    principals.end(ci);
    const { status, json } = await bridge.callAs(ci, "/api/kiro/status");
    assert.deepEqual([status, json["code"]], [401, "AUTHENTICATION_FAILED"]);
  });
});
