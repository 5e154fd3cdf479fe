import assert from "node:assert/strict";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { seriousFindings } from "../support/dashboard/axe.ts";
import { EditorDashboard } from "../support/dashboard/editorDashboard.ts";
import { askForAccess } from "../support/dashboard/pairing.ts";
import { type Discovery, execute } from "../support/editor/bridge.ts";
import { withDeadline } from "../support/editor/deadline.ts";
import type { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { testOutput } from "../support/editor/paths.ts";
import { SocketClient } from "../support/socketClient.ts";
import { describeInBrowser, openBridgeWindow, SEE_DEADLINE_MS, SUITE_TIMEOUT_MS } from "./support.ts";

const BOT = {
  name: "release-bot",
  scopes: ["status:read", "events:read", "commands:run"],
  commands: { allow: ["vscode.getEditorLayout", "workbench.action.files.save"] },
  reason: "Saves the files before a release.",
};

describeInBrowser("Access, in the editor, from the package", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let window: EditorWindow;
  let dashboard: EditorDashboard;
  let bridge: Discovery;

  before(async () => {
    ({ session, window, bridge } = await openBridgeWindow({
      name: "access",
      userSettings: {
        "workbench.colorTheme": "Default Dark Modern",
        "workbench.startupEditor": "none",
        "workbench.secondarySideBar.defaultVisibility": "hidden",
      },
    }));
    dashboard = new EditorDashboard(window);
  });

  beforeEach(async () => {
    await window.page.keyboard.press("Escape");
    await clearNotifications();
    await window.runFromPalette("View: Close All Editors");
  });

  after(async () => {
    await screenshot("access-end");
    await session?.end();
  });

  async function screenshot(name: string): Promise<void> {
    await window?.page.mouse.move(700, 150);
    await window?.page.getByRole("tooltip").waitFor({ state: "hidden" });
    await window?.screenshot(join(testOutput, "screens", `${name}.png`));
  }

  const clearNotifications = () => window.runFromPalette("Notifications: Clear All Notifications");

  const prompt = (name: string) => window.notification(new RegExp(`“${name}” asks for access`));

  async function showAccess(): Promise<Frame> {
    const view = await dashboard.showView();
    await view.getByRole("tab", { name: "Access" }).click();
    return view;
  }

  const run = (token: string, command: string) => execute({ ...bridge, token }, { command });

  it("lets a program in, which may do what it asked for, until it is revoked", async () => {
    const view = await showAccess();
    await window.page.locator(".monaco-workbench").focus();
    const focused = "document.activeElement?.outerHTML.slice(0, 200)";
    const before = await window.page.evaluate<string>(focused);
    const { code, decision } = await askForAccess(bridge, BOT);
    await prompt("release-bot").getByText(code).waitFor();
    assert.equal(await window.page.evaluate<string>(focused), before, "the message takes no focus");
    await window.waitForStatusBarItem(/^Kiro Bridge, 1 program asks for access/);
    const card = view.getByRole("article", { name: "release-bot asks for access" });
    await card.getByText(code, { exact: true }).waitFor();
    await card.getByText("Run editor commands: vscode.getEditorLayout").waitFor();
    await prompt("release-bot").getByRole("button", { name: "Allow for 1 Hour" }).waitFor();
    // A trial waits until the buttons of the request can be used.
    await card.getByRole("button", { name: "Allow: release-bot" }).click({ trial: true });
    await card.getByText("release-bot asks for access").scrollIntoViewIfNeeded();
    await screenshot("access-prompt");
    assert.deepEqual(await seriousFindings(view), []);
    await card.getByRole("button", { name: "Allow: release-bot" }).click();

    const { token } = await withDeadline(decision, SEE_DEADLINE_MS, "the decision");
    assert.ok(token !== undefined);
    assert.equal((await run(token, "vscode.getEditorLayout")).status, 200);
    assert.equal((await run(token, "workbench.action.files.saveAll")).status, 403);
    const forbidden = await execute({ ...bridge, token }, { command: "kiro.cli.chat", args: ["Hi"] });
    assert.equal(forbidden.status, 403);
    assert.match(JSON.stringify(forbidden.body), /"scope":"agents:prompt"/);

    const { port } = new URL(bridge.url);
    const socket = await SocketClient.open({ port: Number(port) }, { token });
    await view.getByText("1 connection").waitFor();
    await clearNotifications();
    await prompt("release-bot").waitFor({ state: "detached" });
    await screenshot("access-page");
    await view.getByRole("button", { name: "Revoke the access of release-bot" }).click();
    const dialog = window.page.getByRole("dialog", { name: /Revoke the access of “release-bot”/ });
    await dialog.getByRole("button", { name: "Revoke" }).waitFor();
    const clickedAt = Date.now();
    await dialog.getByRole("button", { name: "Revoke" }).click();
    const { code: closeCode } = await withDeadline(socket.closed, SEE_DEADLINE_MS, "the socket to close");
    process.stdout.write(`      The socket closed ${Date.now() - clickedAt} ms after the click.\n`);
    assert.equal(closeCode, 4401);
    assert.equal((await run(token, "vscode.getEditorLayout")).status, 401);
    await view.getByRole("button", { name: "Revoke the access of release-bot" }).waitFor({ state: "detached" });
  });

  it("ignores the button of a message whose request was decided elsewhere", async () => {
    const view = await showAccess();
    const { decision } = await askForAccess(bridge, { ...BOT, name: "late-bot" });
    await prompt("late-bot").waitFor();
    await view.getByRole("button", { name: "Deny: late-bot" }).click();
    assert.equal((await withDeadline(decision, SEE_DEADLINE_MS, "the decision")).token, undefined);
    // The editor hides a message after a while, and keeps it behind the bell.
    await window.runFromPalette("Notifications: Show Notifications");
    const message = window.page
      .locator(".notifications-center .notification-list-item")
      .filter({ hasText: /“late-bot” asks for access/ });
    await message.hover();
    await message.getByRole("button", { name: "Allow", exact: true }).click();
    await window.page
      .locator(".part.statusbar")
      .getByText(/This pairing request is denied already/)
      .waitFor();
    await view.getByText("No programs were let in").waitFor();
  });

  it("takes the decision in the message", async () => {
    const { decision } = await askForAccess(bridge, { ...BOT, name: "unwanted-bot" });
    await prompt("unwanted-bot").getByRole("button", { name: "Deny" }).click();
    const { token } = await withDeadline(decision, SEE_DEADLINE_MS, "the decision");
    assert.equal(token, undefined);
    await window.waitForStatusBarItem(/^Kiro Bridge, on/);
  });

  it("shows the request in the dashboard, from the status bar and from the message", async () => {
    await askForAccess(bridge, { ...BOT, name: "patient-bot" });
    await window.clickStatusBarItem(/^Kiro Bridge, 1 program asks for access/);
    const panel = await dashboard.frame("panel");
    await panel.getByRole("button", { name: "Deny: patient-bot" }).click();
    await panel.getByRole("article", { name: "patient-bot asks for access" }).waitFor({ state: "detached" });
  });

  it("creates a token from the palette, and revokes it there", async () => {
    await window.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await window.runFromPalette("Kiro Bridge: Create Token…");
    const { quickInput } = window;
    await quickInput.enter("A name for the program", "My CI");
    await quickInput.widget.getByRole("option", { name: /^CI/ }).click();
    await quickInput.enter("Commands that it may run", "vscode.*");
    await quickInput.widget.getByRole("option", { name: "1 hour" }).click();
    await window.waitForNotification(/The token of “My CI” was copied to the clipboard/);
    const token = await window.page.evaluate<string>("navigator.clipboard.readText()");
    assert.equal((await run(token, "vscode.getEditorLayout")).status, 200);
    await window.runFromPalette("Kiro Bridge: Revoke Access…");
    await quickInput.widget.getByRole("option", { name: /^My CI/ }).click();
    await window.page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await window.page
      .locator(".part.statusbar")
      .getByText(/The access of “My CI” was revoked/)
      .waitFor();
    assert.equal((await run(token, "vscode.getEditorLayout")).status, 401);
  });
});
