import assert from "node:assert/strict";
import { type FakePrincipal, FakePrincipals } from "../../../support/fakePrincipals.ts";
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

  it("explains by policy/check the scope or the client's own rule that is missing", async () => {
    const viewer = principals.add("viewer-1", { role: "viewer" });
    const narrow = principals.add("ci-3", { commands: { allow: ["test.*"], deny: ["test.e*"] } });
    const path = "/api/kiro/policy/check";
    const check = async (principal: FakePrincipal, command: string) => {
      const { allowed, scope, rule } = (await bridge.callAs(principal, path, { body: { command } })).json;
      return { allowed, scope, rule };
    };
    const byUser = { setting: "kiroBridge.commands.allow", pattern: "*" };
    assert.deepEqual(await check(viewer, "test.echo"), { allowed: false, scope: "commands:run", rule: byUser });
    assert.deepEqual(await check(viewer, "kiro.cli.chat"), { allowed: false, scope: "agents:prompt", rule: byUser });
    const rule = { setting: "access", pattern: "test.e*" };
    assert.deepEqual(await check(narrow, "test.echo"), { allowed: false, scope: undefined, rule });
    assert.deepEqual(await check(narrow, "other"), { allowed: false, scope: undefined, rule: { setting: "access" } });
    assert.deepEqual(await check(narrow, "test.one"), { allowed: true, scope: undefined, rule: byUser });
  });
});
