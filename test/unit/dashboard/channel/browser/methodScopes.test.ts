import assert from "node:assert/strict";
import { dashboardMethods } from "../../../../../src/dashboard/contract/dashboard.ts";
import { methodScopes } from "../../../../../src/dashboard/contract/browser.ts";
import { withheldFrom } from "../../../../../src/dashboard/channel/browser/withheldFrom.ts";
import type { ScopeName } from "../../../../../src/protocol/access.ts";
import { BrowserSocket } from "../../../../support/dashboard/browserSocket.ts";
import { FakePrincipals } from "../../../../support/fakePrincipals.ts";
import { startTestBridge, type TestBridge } from "../../../../support/testBridge.ts";

/** The methods that change something, read what others have run, or concern who may connect. */
const administration = [
  "access",
  "auditPage",
  "clearHistory",
  "clients",
  "createToken",
  "decidePairing",
  "disconnect",
  "exportLetters",
  "exports",
  "removeDeadLetter",
  "removeExportLetters",
  "replayExportLetters",
  "resendDeadLetter",
  "revokeAccess",
  "testExport",
  "verifyAudit",
];
const editorOnly = [
  "addModel",
  "copyToken",
  "diagnose",
  "exportAudit",
  "manageTrust",
  "openExportGuide",
  "openExportSettings",
  "openLog",
  "openSettings",
  "restart",
  "setExportSecret",
  "setModelKey",
  "start",
  "startPlugin",
  "stop",
  "useSimulator",
];

describe("The scopes of a dashboard's methods", () => {
  let bridge: TestBridge;
  const clients = new FakePrincipals();
  const all = Object.keys(dashboardMethods).toSorted();

  before(async () => {
    bridge = await startTestBridge({ principals: clients });
  });
  after(() => bridge.dispose());

  const named = (rule: string): string[] =>
    Object.entries(methodScopes)
      .filter(([, scope]) => scope === rule)
      .map(([name]) => name)
      .toSorted();

  it("leave what needs the user of the editor to the editor, and who has access to those who manage it", () => {
    assert.deepEqual(Object.keys(methodScopes).toSorted(), all);
    assert.deepEqual(named("editor"), editorOnly);
    assert.deepEqual(named("access:manage"), administration);
    assert.deepEqual(named("any"), ["copyAddress", "copyCurl", "copyText", "openRun"]);
  });

  it("are checked before anything else of a call, and each refusal is one that the page was told", async () => {
    const roles: Readonly<Record<string, readonly ScopeName[]>> = {
      status: ["status:read"],
      runner: ["status:read", "commands:run"],
      prompter: ["status:read", "agents:prompt"],
      viewer: ["status:read", "events:read", "history:read"],
      manager: ["status:read", "access:manage"],
    };
    for (const [name, scopes] of Object.entries(roles)) {
      const principal = clients.add(name, { scopes });
      const socket = await BrowserSocket.open(bridge.port, { token: principal.token });
      const withheld = withheldFrom(principal);
      const { result } = await socket.ask("status");
      assert.deepEqual(Reflect.get(Object(result), "withheld"), withheld);
      for (const method of all) {
        // Params that no method accepts: a call that is allowed fails for them, and does nothing.
        const { error } = await socket.ask(method, { "not a param": true });
        const refusal = withheld[method];
        const expected = refusal === undefined ? "VALIDATION_FAILED" : "ACCESS_DENIED";
        assert.equal(error?.code, expected, `${method} for ${name}`);
        if (refusal !== undefined && refusal !== "editor")
          assert.equal(Reflect.get(Object(error?.context), "scope"), refusal, method);
      }
      socket.close();
    }
  });
});
