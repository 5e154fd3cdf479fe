import assert from "node:assert/strict";
import { join } from "node:path";
import { askHealth, readDiscoveries, waitForDiscovery } from "../support/editor/bridge.ts";
import { installCodeServer } from "../support/editor/codeServerInstall.ts";
import { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { testOutput, vsixPath } from "../support/editor/paths.ts";
import { describeInBrowser, SEE_DEADLINE_MS, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "./support.ts";

describeInBrowser("A bridge that does not start with the editor, and listens on all addresses", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let window: EditorWindow;

  before(async () => {
    const machineSettings = { "kiroBridge.autoStart": false, "kiroBridge.api.host": "0.0.0.0" };
    session = await EditorSession.start({
      install: await installCodeServer("newest"),
      vsix: vsixPath,
      machineSettings,
    });
    window = await session.openWindow({ folder: await session.profile.createWorkspace("auto-start") });
    window.page.setDefaultTimeout(SEE_DEADLINE_MS);
  });

  after(async () => {
    await window?.screenshot(join(testOutput, "screens", "autoStart.png"));
    await session?.end();
  });

  it("is off until the status bar item is clicked", async () => {
    await window.waitForStatusBarItem(/^Kiro Bridge, off/, START_DEADLINE_MS);
    // The answer to a command comes from an extension that has done all that it does at its start.
    await window.runFromPalette("Kiro Bridge: Show Status");
    await window.waitForNotification(/The server is off\./);
    assert.deepEqual(await readDiscoveries(session.profile.bridgeHome), []);
    await window.clickStatusBarItem(/^Kiro Bridge/);
    const bridge = await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);
    assert.equal(await askHealth(bridge.url), "healthy");
  });

  it("warns when it starts, and shows in the status bar that other machines can reach it", async () => {
    await window.waitForNotification(
      /Kiro Bridge is listening on .*Other machines can reach this address\. They need the token/,
    );
    await window.waitForStatusBarItem(/^Kiro Bridge, on.*Other machines can reach this address/, SEE_DEADLINE_MS);
  });
});
