import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { settingsSchema } from "../../src/bridge/settingsTable.ts";
import { EditorDashboard } from "../support/dashboard/editorDashboard.ts";
import { type Discovery, execute, waitForDiscovery } from "../support/editor/bridge.ts";
import { installCodeServer } from "../support/editor/codeServerInstall.ts";
import { eventually } from "../support/editor/deadline.ts";
import { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorName } from "../support/editor/editorVersions.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { testOutput, vsixPath } from "../support/editor/paths.ts";
import { describeInBrowser, SEE_DEADLINE_MS, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "./support.ts";

for (const name of ["newest", "lowest"] satisfies EditorName[]) {
  describeInBrowser(`A first run without a Kiro CLI, in the ${name} editor`, function () {
    this.timeout(SUITE_TIMEOUT_MS);
    let session: EditorSession;
    let window: EditorWindow;
    let bridge: Discovery;

    before(async () => {
      session = await EditorSession.start({ install: await installCodeServer(name), vsix: vsixPath });
      const folder = await session.profile.createWorkspace("first-run");
      window = await session.openWindow({ folder });
      window.page.setDefaultTimeout(SEE_DEADLINE_MS);
      bridge = await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);
    });

    after(async () => {
      await window?.screenshot(join(testOutput, "screens", `firstRun-${name}.png`));
      await session?.end();
    });

    /** The newest editor shows them in a dialog of its own, above all else. */
    async function closeSettings(): Promise<void> {
      await window.page.keyboard.press("Escape");
      await execute(bridge, { command: "workbench.action.closeAllEditors" });
      await window.page.locator(".settings-editor").waitFor({ state: "hidden" });
    }

    it("reports that the bridge is on when the walkthrough's button would start it", async () => {
      await window.waitForStatusBarItem(/^Kiro Bridge, on/, START_DEADLINE_MS);
      const open = async (): Promise<true> => {
        await execute(bridge, { command: "workbench.action.openWalkthrough", args: ["kiro-bridge.kiro-bridge#start"] });
        await window.page.getByRole("button", { name: "Start the bridge" }).waitFor({ timeout: 10_000 });
        return true;
      };
      // An editor that is just starting may show a walkthrough of its own in that place.
      await eventually(open, { what: "the walkthrough", deadlineMs: START_DEADLINE_MS });
      await window.page.getByRole("button", { name: "Start the bridge" }).click();
      await window.waitForNotification(/Kiro Bridge is already running at http:/);
    });

    it("opens the settings that the walkthrough mentions", async () => {
      await window.page.getByText("Decide what programs may run").click();
      await window.page.getByRole("button", { name: "Open the settings" }).click();
      await window.page.locator(".settings-editor").getByText("2 Settings Found").waitFor();
      await closeSettings();
    });

    it("shows all settings from the palette", async () => {
      await window.runFromPalette("Kiro Bridge: Open Settings");
      const count = Object.keys(settingsSchema.shape).length;
      await window.page.locator(".settings-editor").getByText(`${count} Settings Found`).waitFor();
      await closeSettings();
    });

    it("offers the simulator when the CLI is missing, and uses it", async () => {
      const dashboard = new EditorDashboard(window);
      const view = await dashboard.showView();
      await view.getByText("Not available").waitFor();
      await window.screenshot(join(testOutput, "screens", `noCli-${name}.png`));
      await view.getByRole("button", { name: "Use the Simulator" }).click();
      await window.waitForNotification(/simulator now answers instead of Kiro CLI/);
      await view.getByText("Simulated", { exact: true }).waitFor();
      const file = join(session.profile.userData, "Machine", "settings.json");
      assert.match(await readFile(file, "utf8"), /"kiroBridge.cli.path": "simulator"/);
    });
  });
}
