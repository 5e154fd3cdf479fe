import assert from "node:assert/strict";
import { type Caller, callScript } from "../support/contract/callScript.ts";
import { fetchCaller } from "../support/contract/fetchCaller.ts";
import { generatedCaller } from "../support/contract/generatedCaller.ts";
import { sdkCaller } from "../support/contract/sdkCaller.ts";
import { seedCallers } from "../support/contract/seedCallers.ts";
import { type Discovery, waitForDiscovery } from "../support/editor/bridge.ts";
import { installCodeServer } from "../support/editor/codeServerInstall.ts";
import { EditorSession } from "../support/editor/editorSession.ts";
import { vsixPath } from "../support/editor/paths.ts";
import { installWindowProbe } from "../support/editor/windowProbe.ts";
import { describeInBrowser, SEE_DEADLINE_MS, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "./support.ts";

describeInBrowser("Clients of all kinds, in the editor, from the package", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let bridge: Discovery;
  let expected: readonly object[];

  before(async () => {
    const install = await installCodeServer("newest");
    session = await EditorSession.start({
      install,
      vsix: vsixPath,
      userSettings: { "workbench.startupEditor": "none" },
      machineSettings: { "kiroBridge.cli.path": "simulator" },
    });
    await installWindowProbe(install, session.profile);
    const folder = await session.profile.createWorkspace("contract");
    const window = await session.openWindow({ folder });
    window.page.setDefaultTimeout(SEE_DEADLINE_MS);
    bridge = await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);
    expected = await resultsOf(fetchCaller(bridge));
  });

  after(() => session?.end());

  async function resultsOf(caller: Caller): Promise<readonly object[]> {
    const results: object[] = [];
    try {
      for (const { name, make } of callScript) results.push({ [name]: await make(caller) });
    } finally {
      await caller.end?.();
    }
    return results;
  }

  async function assertSameResults(caller: Caller): Promise<void> {
    assert.deepEqual(await resultsOf(caller), expected, caller.name);
  }

  it("get from plain fetch what the documents promise", () => {
    assert.equal(expected.length, 20);
    assert.deepEqual(expected.slice(0, 2), [
      { "the status": { state: "ready", hasProbe: true } },
      { "whether it is ready": true },
    ]);
    const results = new Map(expected.flatMap((result) => Object.entries(result)));
    assert.deepEqual(results.get("passes lines"), { success: true, output: '["first\\nsecond\\r\\nthird\\ttab"]' });
    assert.deepEqual(results.get("passes an empty text"), { success: true, output: '[""]' });
    assert.deepEqual(results.get("reports a command that fails"), { success: false, output: "", error: "too far" });
    assert.deepEqual(results.get("is refused an internal command"), { rejected: 403 });
    assert.deepEqual(results.get("is refused an ID that is too long"), { rejected: 400 });
    assert.deepEqual(results.get("is refused an unknown command of Kiro CLI"), { rejected: 400 });
    assert.deepEqual(results.get("asks Kiro CLI"), { success: true, output: "Hello from Kiro." });
  });

  it("get the same results from the SDK", () => assertSameResults(sdkCaller(bridge)));

  it("get the same results from the original clients", async () => {
    for (const caller of seedCallers(bridge, fetchCaller(bridge))) await assertSameResults(caller);
  });

  it("get the same results from a client that a stock generator makes from openapi.json", async () => {
    await assertSameResults(await generatedCaller(bridge));
  });
});
