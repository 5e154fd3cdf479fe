import assert from "node:assert/strict";
import { join } from "node:path";
import { askHealth, connectionError, waitForDiscovery, waitForNoDiscovery } from "../support/editor/bridge.ts";
import { installCodeServer } from "../support/editor/codeServerInstall.ts";
import { eventually } from "../support/editor/deadline.ts";
import { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { testOutput, vsixPath } from "../support/editor/paths.ts";
import { describeInBrowser } from "./support.ts";

const START_DEADLINE_MS = 60_000;
const CLICK_DEADLINE_MS = 10_000;
const itemName = /^Kiro Bridge/;

describeInBrowser("The status bar item", function () {
  this.timeout(180_000);
  let session: EditorSession;
  let window: EditorWindow;

  before(async () => {
    session = await EditorSession.start({ install: await installCodeServer("newest"), vsix: vsixPath });
    window = await session.openWindow({ folder: await session.profile.createWorkspace("status-bar") });
  });

  after(async () => {
    await window?.screenshot(join(testOutput, "screens", "statusBar.png"));
    await session?.end();
  });

  it("shows the port of the bridge that started with the editor", async () => {
    const bridge = await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);
    assert.equal(await askHealth(bridge.url), "healthy");
    const item = await window.waitForStatusBarItem(itemName);
    await item.getByText(new URL(bridge.url).port).waitFor({ timeout: CLICK_DEADLINE_MS });
  });

  it("stops the bridge when clicked: nobody listens, the discovery file is gone", async () => {
    const bridge = await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);
    await window.clickStatusBarItem(itemName);
    await waitForNoDiscovery(session.profile.bridgeHome, CLICK_DEADLINE_MS);
    // A request that meets the closing server is hung up on; after that, nobody is there.
    const isRefused = async () => ((await connectionError(bridge.url)) === "ECONNREFUSED" ? true : undefined);
    await eventually(isRefused, { what: "the port to fall silent", deadlineMs: CLICK_DEADLINE_MS });
    await window.screenshot(join(testOutput, "screens", "statusBarOff.png"));
  });

  it("starts the bridge again when clicked once more", async () => {
    await window.clickStatusBarItem(itemName);
    const bridge = await waitForDiscovery(session.profile.bridgeHome, CLICK_DEADLINE_MS);
    assert.equal(await askHealth(bridge.url), "healthy");
  });
});
