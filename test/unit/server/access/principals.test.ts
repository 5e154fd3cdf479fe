import assert from "node:assert/strict";
import { Endpoints } from "../../../support/checks/endpoints.ts";
import { type FakePrincipal, FakePrincipals } from "../../../support/fakePrincipals.ts";
import { SocketClient } from "../../../support/socketClient.ts";
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

  describe("without the scope of an endpoint", () => {
    const denied = (scope: string) => ({ code: "ACCESS_DENIED", context: { rule: "scope", scope } });

    it("are refused with the scope, also for an execute that bypasses Express", async () => {
      const viewer = principals.add("viewer-2", { role: "viewer" });
      const ranBefore = bridge.core.executions.all.size;
      const body = { command: "test.echo", args: ["hello"] };
      for (const path of ["/api/kiro/execute", "/api/kiro/execute?"]) {
        const { status, json } = await bridge.callAs(viewer, path, { body });
        assert.equal(status, 403);
        assert.deepEqual({ code: json["code"], context: json["context"] }, denied("commands:run"), path);
      }
      assert.equal(bridge.core.executions.all.size, ranBefore);
    });

    it("are refused for every route that needs one, and for no other", async () => {
      const nobody = principals.add("nobody", { scopes: [] });
      for (const { method, path, scope } of new Endpoints(bridge.core).routes) {
        const answer = await bridge.callAs(nobody, path.replaceAll(/\{\w+\}/g, "x"), { method });
        if (scope === "public" || scope === "any") assert.notEqual(answer.status, 403, path);
        else {
          assert.equal(answer.status, 403, path);
          if (/^\/(?:v1|openai)\//.test(path)) assert.match(answer.text, /the scope agents:prompt/);
          else assert.deepEqual(answer.json["context"], denied([scope].flat()[0] ?? "").context, path);
        }
      }
    });

    it("are refused for a method of a WebSocket, which stays open", async () => {
      const client = await SocketClient.open(bridge, { token: principals.add("viewer-3", { role: "viewer" }).token });
      const { error } = await client.ask("execute", { request: { command: "test.echo" } });
      assert.deepEqual(Object(error).context, denied("commands:run").context);
      assert.ok((await client.ask("status")).result !== undefined);
      client.webSocket.close();
    });

    it("are refused for a terminal", async () => {
      const { token } = principals.add("ci-4");
      const { code } = await new SocketClient(bridge.port, { path: "/terminal", token }).closed;
      assert.equal(code, 403);
    });
  });
});
