import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { readDiscoveries } from "../support/editor/bridge.ts";
import { launchBrowser } from "../support/browser/browser.ts";
import { withDeadline } from "../support/editor/deadline.ts";
import { EditorProfile } from "../support/editor/editorProfile.ts";
import { EditorWindow } from "../support/editor/editorWindow.ts";
import { editorCache, repositoryRoot, testOutput } from "../support/editor/paths.ts";
import { ProcessGroup } from "../support/programs/processGroup.ts";
import { describeInBrowser, SEE_DEADLINE_MS, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "./support.ts";

describeInBrowser("npm start -- --once", function () {
  this.timeout(SUITE_TIMEOUT_MS);

  it("ends after the response and leaves nothing behind", async () => {
    const profile = await EditorProfile.create();
    try {
      const env = profile.environment({ KIRO_BRIDGE_EDITOR_CACHE: editorCache() });
      const args = [join(repositoryRoot, "scripts", "start.mjs"), "--once", "--editor", "code-server"];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: START_DEADLINE_MS });
      assert.match(stdout, /^\{"success":true,/m);
      assert.deepEqual(await readDiscoveries(profile.bridgeHome), []);
    } finally {
      await profile.remove();
    }
  });
});

describeInBrowser("npm start", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let profile: EditorProfile;
  let start: ProcessGroup;
  let browser: Browser;
  let window: EditorWindow;

  before(async () => {
    profile = await EditorProfile.create();
    const env = profile.environment({ KIRO_BRIDGE_EDITOR_CACHE: editorCache() });
    const args = [join(repositoryRoot, "scripts", "start.mjs"), "--editor", "code-server"];
    start = await ProcessGroup.start(process.execPath, args, { env });
    browser = await launchBrowser();
  });

  after(async () => {
    await window?.screenshot(join(testOutput, "screens", "start.png"));
    await browser?.close();
    await start?.stop();
    await profile?.remove();
  });

  it("prints a line to paste, runs it, and shows the editor's answer", async () => {
    await start.waitForLine(/^The bridge stays on/, START_DEADLINE_MS);
    assert.match(start.output, /^printf .* \| curl .*\/api\/kiro\/execute$/m);
    assert.match(start.output, /^\{"success":true,/m);
  });

  it("prints the address of an editor that opens the walkthrough", async () => {
    const [address = ""] = /http:\S+tkn=\S+/.exec(start.output) ?? [];
    window = await EditorWindow.open(browser, address);
    window.page.setDefaultTimeout(SEE_DEADLINE_MS);
    await window.page.getByRole("button", { name: /^Get started with Kiro Bridge/ }).click();
    await window.page.getByRole("heading", { name: "Get started with Kiro Bridge", level: 2 }).waitFor();
  });

  it("shows the output of commands", async () => {
    await window.waitForStatusBarItem(/^Kiro Bridge, on/);
    await window.runFromPalette("Kiro Bridge: Show Status");
    await window.waitForNotification(/Shares http:.*with 1 other window, which owns it/);
    await window.runFromPalette("Kiro Bridge: Health Check");
    await window.waitForNotification(/healthy at http/);
    await window.runFromPalette("Kiro Bridge: Rotate Token");
    await window.waitForNotification(/token was replaced/);
  });

  it("shows the log", async () => {
    await window.runFromPalette("Kiro Bridge: Open Log");
    await window.page
      .locator(".panel .view-lines")
      .filter({ hasText: /The.bridge.is.on/ })
      .waitFor();
  });

  it("leaves nothing behind after Ctrl+C", async () => {
    process.kill(start.pid, "SIGINT");
    assert.equal(await withDeadline(start.exited, SEE_DEADLINE_MS, "npm start to end"), 0);
    assert.deepEqual(await readDiscoveries(profile.bridgeHome), []);
  });
});
