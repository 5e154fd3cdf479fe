import assert from "node:assert/strict";
import { join } from "node:path";
import { askHealth, readDiscoveries, waitForDiscovery } from "../support/editor/bridge.ts";
import { installCodeServer } from "../support/editor/codeServerInstall.ts";
import { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { testOutput, vsixPath } from "../support/editor/paths.ts";
import { describeInBrowser, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "./support.ts";

describeInBrowser("An untrusted workspace", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let window: EditorWindow;

  before(async () => {
    const install = await installCodeServer("newest");
    session = await EditorSession.start({ install, vsix: vsixPath, workspaceTrust: true });
    window = await session.openWindow({ folder: await session.profile.createWorkspace("untrusted") });
  });

  after(async () => {
    await window?.screenshot(join(testOutput, "screens", "trust.png"));
    await session?.end();
  });

  it("keeps the server off, and reports why", async () => {
    const item = await window.waitForStatusBarItem(/^Kiro Bridge, off/, START_DEADLINE_MS);
    assert.match((await item.getAttribute("aria-label")) ?? "", /not trusted/);
    assert.deepEqual(await readDiscoveries(session.profile.bridgeHome), []);
  });

  it("starts the server as soon as the user trusts the workspace", async () => {
    await window.clickStatusBarItem(/^Kiro Bridge/);
    await window.page.getByRole("button", { name: /^Trust$/ }).click({ timeout: START_DEADLINE_MS });
    const bridge = await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);
    assert.equal(await askHealth(bridge.url), "healthy");
  });
});
