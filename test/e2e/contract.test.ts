import assert from "node:assert/strict";
import { cliBundle, removeCliBundle } from "../support/cli/cliBundle.ts";
import { cliCaller } from "../support/contract/cliCaller.ts";
import { type Call, type Caller, callScript } from "../support/contract/callScript.ts";
import { fetchCaller } from "../support/contract/fetchCaller.ts";
import { fullScript } from "../support/contract/fullScript.ts";
import { generatedCaller } from "../support/contract/generatedCaller.ts";
import { originalCallers, presetCallers } from "../support/contract/patternCallers.ts";
import { sdkCaller } from "../support/contract/sdkCaller.ts";

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
  let fullyExpected: readonly object[];

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
    expected = await resultsOf(fetchCaller(bridge), callScript);
    fullyExpected = await resultsOf(fetchCaller(bridge), fullScript);
  });

  after(async () => {
    await removeCliBundle();
    await session?.end();
  });

  async function resultsOf<C extends Caller>(caller: C, script: readonly Call<C>[]): Promise<readonly object[]> {
    const results: object[] = [];
    try {
      for (const { name, make } of script) results.push({ [name]: await make(caller) });
    } finally {
      await caller.end?.();
    }
    return results;
  }

  async function assertSameResults(caller: Caller): Promise<void> {
    assert.deepEqual(await resultsOf(caller, callScript), expected, caller.name);
  }

  it("get from plain fetch what the documents promise", () => {
    assert.equal(expected.length, 20);
    assert.deepEqual(expected.slice(0, 2), [{ "the status": "ready" }, { "whether it is ready": true }]);
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

  it("get from plain fetch what the original clients cannot ask for", () => {
    const results = new Map(fullyExpected.flatMap((result) => Object.entries(result)));
    assert.deepEqual(results.get("starts a command and waits for its end"), {
      status: "completed",
      output: '["later"]',
    });
    assert.deepEqual(results.get("cancels a prompt"), { how: "cooperative", end: "cancelled" });
    assert.deepEqual(results.get("does not find an unknown execution"), { rejected: 404 });
    assert.deepEqual(results.get("chats"), { success: true, message: "An answer." });
    const answered = { inputType: "choice", choices: ["Yes", "Always", "No"], accepted: true, status: "completed" };
    assert.deepEqual(results.get("answers a question"), answered);
    assert.deepEqual(results.get("closes a session"), { before: true, closed: true, after: false });
    assert.deepEqual(results.get("checks the policy"), [true, false]);
  });

  it("get it from the SDK as well", async () =>
    assert.deepEqual(await resultsOf(sdkCaller(bridge), fullScript), fullyExpected));

  it("get it from the generated client as well", async () =>
    assert.deepEqual(await resultsOf(await generatedCaller(bridge), fullScript), fullyExpected));

  it("get the same results from the original clients", async () => {
    for (const caller of originalCallers(bridge, fetchCaller(bridge))) await assertSameResults(caller);
  });

  it("get the same results from the presets of the SDK with the names of the original clients", async () => {
    for (const caller of presetCallers(bridge)) await assertSameResults(caller);
  });

  it("get the same results from the command line", async () => {
    await assertSameResults(cliCaller(await cliBundle(), session.profile.bridgeHome));
  });

  it("get the same results from a client that a stock generator makes from openapi.json", async () => {
    await assertSameResults(await generatedCaller(bridge));
  });
});
