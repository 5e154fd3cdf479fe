import assert from "node:assert/strict";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { EditorDashboard } from "../support/dashboard/editorDashboard.ts";
import { type Discovery, waitForDiscovery } from "../support/editor/bridge.ts";
import type { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { testOutput } from "../support/editor/paths.ts";
import { describeInBrowser, START_DEADLINE_MS, SUITE_TIMEOUT_MS, openBridgeWindow } from "./support.ts";

describeInBrowser("The dashboard of an extension host that hangs or is killed", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let window: EditorWindow;
  let dashboard: EditorDashboard;
  let bridge: Discovery;

  before(async () => {
    ({ session, window, bridge } = await openBridgeWindow({ name: "lost" }));
    dashboard = new EditorDashboard(window);
    await dashboard.showView();
    await dashboard.openPanel();
  });

  after(async () => {
    await window?.screenshot(join(testOutput, "screens", "lostHost.png"));
    await session?.end();
  });

  const tabs = () => window.page.locator(".part.editor").getByRole("tab", { name: /^Kiro Bridge/ });
  const isLive = (frame: Frame) => frame.getByRole("switch", { name: "Bridge server", checked: true });

  const bothSay = async (text: string): Promise<void> => {
    for (const place of ["view", "panel"] as const)
      await (await dashboard.frame(place)).getByRole("alert").getByText(text).waitFor();
  };

  async function nextBridge(): Promise<void> {
    const { pid } = bridge;
    bridge = await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS, (found) => found.pid !== pid);
  }

  /** Waits until both places show the bridge of the present host. */
  async function bothLive(): Promise<void> {
    for (const place of ["view", "panel"] as const) {
      const port = new URL(bridge.url).port;
      const frame = await dashboard.liveFrame(place);
      await isLive(frame).waitFor();
      await frame.getByText(`:${port}`).waitFor();
    }
    assert.equal(await tabs().count(), 1);
  }

  it("shows a lost connection while the host does not answer, and is live again when it does", async () => {
    process.kill(bridge.pid, "SIGSTOP");
    try {
      await bothSay("Connection lost.");
      await window.screenshot(join(testOutput, "screens", "lostHostAlert.png"));
    } finally {
      process.kill(bridge.pid, "SIGCONT");
    }
    await bothLive();
  });

  it("is live again in the same tab after the editor has replaced a killed host", async () => {
    process.kill(bridge.pid, "SIGKILL");
    await nextBridge();
    await bothLive();
  });

  it("opens no second tab after its host was killed", async () => {
    process.kill(bridge.pid, "SIGKILL");
    await nextBridge();
    await window.runFromPalette("Kiro Bridge: Open Dashboard");
    await bothLive();
  });

  it("is live in the same tab after a reload of the window, without a second one", async () => {
    await window.reload();
    await nextBridge();
    await bothLive();
    await window.runFromPalette("Kiro Bridge: Open Dashboard");
    await bothLive();
  });

  it("opens no second tab when it was restored behind another one", async () => {
    await window.runFromPalette("File: New Untitled Text File");
    await dashboard.whenKept("mainThreadWebview-kiroBridge.dashboardPanel", "untitled");
    await window.reload();
    await nextBridge();
    await tabs().waitFor();
    await window.runFromPalette("Kiro Bridge: Open Dashboard");
    await bothLive();
  });
});
