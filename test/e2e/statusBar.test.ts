import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { readExecution, startPrompt } from "../support/dashboard/programCalls.ts";
import { askHealth, isGone, readDiscoveries, waitForDiscovery, waitForNoDiscovery } from "../support/editor/bridge.ts";
import { installCodeServer } from "../support/editor/codeServerInstall.ts";
import { eventually } from "../support/editor/deadline.ts";
import { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { freePort } from "../support/programs/freePort.ts";
import { testOutput, vsixPath } from "../support/editor/paths.ts";
import { describeInBrowser, SEE_DEADLINE_MS, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "./support.ts";

const itemName = /^Kiro Bridge/;
/** Behind a prompt's first line: an answer that takes as long as the test needs. */
const LONG = "\n[[fake:long words=100000 chunkMs=40]]";

describeInBrowser("The status bar item", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let window: EditorWindow;

  before(async () => {
    const machineSettings = { "kiroBridge.cli.path": "simulator" };
    session = await EditorSession.start({
      install: await installCodeServer("newest"),
      vsix: vsixPath,
      machineSettings,
    });
    window = await session.openWindow({ folder: await session.profile.createWorkspace("status-bar") });
    window.page.setDefaultTimeout(SEE_DEADLINE_MS);
  });

  after(async () => {
    await window?.screenshot(join(testOutput, "screens", "statusBar.png"));
    await session?.end();
  });

  const bridgeOf = () => waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);

  it("shows the port of the bridge that started with the editor", async () => {
    const bridge = await bridgeOf();
    assert.equal(await askHealth(bridge.url), "healthy");
    const item = await window.waitForStatusBarItem(itemName);
    await item.getByText(new URL(bridge.url).port).waitFor();
  });

  it("shows the state of the Kiro CLI as soon as it is known, without running anything", async () => {
    await window.waitForStatusBarItem(/Kiro CLI: simulated/, START_DEADLINE_MS);
  });

  it("asks before a click ends running work, and keeps it on request", async () => {
    const bridge = await bridgeOf();
    const id = await startPrompt(bridge, `A long story${LONG}`, "story");
    await window.waitForStatusBarItem(/^Kiro Bridge, busy with 1/);
    const dialog = window.page.getByRole("dialog", { name: /Stop Kiro Bridge/ });
    await window.clickStatusBarItem(itemName);
    await dialog.getByText("1 command is running. Its caller receives an error (503).").waitFor();
    await window.screenshot(join(testOutput, "screens", "stopConfirm.png"));
    await dialog.getByRole("button", { name: "Keep Running" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.equal((await readExecution(bridge, id)).status, "running");

    await window.runFromPalette("Kiro Bridge: Restart");
    await window.page.getByRole("dialog", { name: /Restart Kiro Bridge/ }).waitFor();
    await window.page.keyboard.press("Escape");
    assert.equal((await readExecution(bridge, id)).status, "running");

    await window.clickStatusBarItem(itemName);
    await dialog.getByRole("button", { name: "Stop" }).click();
    await waitForNoDiscovery(session.profile.bridgeHome, SEE_DEADLINE_MS);
    await window.clickStatusBarItem(itemName);
    await bridgeOf();
  });

  it("stops the bridge at a click when nothing runs, and removes the discovery file", async () => {
    const bridge = await bridgeOf();
    await window.waitForStatusBarItem(/^Kiro Bridge, on/);
    await window.clickStatusBarItem(itemName);
    await waitForNoDiscovery(session.profile.bridgeHome, SEE_DEADLINE_MS);
    // A request that meets the closing server is hung up on; after that, nobody is there.
    const hasGone = async () => ((await isGone(bridge)) ? true : undefined);
    await eventually(hasGone, { what: "the port to fall silent", deadlineMs: SEE_DEADLINE_MS });
    await window.screenshot(join(testOutput, "screens", "statusBarOff.png"));
  });

  it("starts the bridge again when clicked once more", async () => {
    await window.clickStatusBarItem(itemName);
    assert.equal(await askHealth((await bridgeOf()).url), "healthy");
  });
});

describeInBrowser("A bridge whose port is taken", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let window: EditorWindow;
  const stranger = createServer((_request, response) => response.end("mine"));

  before(async () => {
    const port = await freePort();
    stranger.listen(port, "127.0.0.1");
    await once(stranger, "listening");
    session = await EditorSession.start({
      install: await installCodeServer("newest"),
      vsix: vsixPath,
      machineSettings: settingsWith(port),
    });
    window = await session.openWindow({ folder: await session.profile.createWorkspace("taken") });
    await window.waitForStatusBarItem(/^Kiro Bridge, problem/, START_DEADLINE_MS);
  });

  after(async () => {
    stranger.close();
    await session?.end();
  });

  const bridgeOf = () => waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);

  it("starts as soon as the settings name another port, and reports it", async () => {
    assert.deepEqual(await readDiscoveries(session.profile.bridgeHome), []);
    const other = await freePort();
    await session.profile.writeSettings("Machine", settingsWith(other));
    assert.equal((await bridgeOf()).url, `http://127.0.0.1:${other}`);
    await window.waitForStatusBarItem(new RegExp(`^Kiro Bridge, on, port ${other}`));
  });

  it("starts as soon as the port is free, and reports it", async () => {
    const address = stranger.address();
    const port = typeof address === "object" ? address?.port : undefined;
    assert.ok(port !== undefined);
    await session.profile.writeSettings("Machine", settingsWith(port));
    await window.waitForStatusBarItem(/^Kiro Bridge, problem.*starts automatically when the port is free/);
    stranger.closeAllConnections();
    stranger.close();
    assert.equal((await bridgeOf()).url, `http://127.0.0.1:${port}`);
    await window.waitForStatusBarItem(new RegExp(`^Kiro Bridge, on, port ${port}`));
  });
});

function settingsWith(port: number): Record<string, unknown> {
  return { "kiroBridge.api.port": port, "kiroBridge.api.portConflict": "fail" };
}
