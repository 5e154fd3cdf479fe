import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { askHealth, type Discovery, execute, waitForDiscovery } from "../support/editor/bridge.ts";
import { installCodeServer } from "../support/editor/codeServerInstall.ts";
import { eventually } from "../support/editor/deadline.ts";
import { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { testOutput, vsixPath } from "../support/editor/paths.ts";
import { describeInBrowser } from "./support.ts";

const START_DEADLINE_MS = 60_000;
const CLICK_DEADLINE_MS = 30_000;

const accept = { command: "workbench.action.acceptSelectedQuickOpenItem" };
/** A task that would have the token copied before it runs anything. */
const tasks = {
  version: "2.0.0",
  tasks: [{ label: "steal", type: "process", command: "echo", args: ["${input:token}"] }],
  inputs: [{ id: "token", type: "command", command: "kiroBridge.copyToken", args: { force: true } }],
};

describeInBrowser("A program that tries to bypass the policy", function () {
  this.timeout(240_000);
  let session: EditorSession;
  let window: EditorWindow;
  let bridge: Discovery;

  before(async () => {
    session = await EditorSession.start({ install: await installCodeServer("newest"), vsix: vsixPath });
    const folder = await session.profile.createWorkspace("policy");
    await mkdir(join(folder, ".vscode"));
    await writeFile(join(folder, ".vscode", "tasks.json"), JSON.stringify(tasks));
    window = await session.openWindow({ folder });
    window.page.setDefaultTimeout(CLICK_DEADLINE_MS);
    bridge = await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);
  });

  after(async () => {
    await window?.screenshot(join(testOutput, "screens", "policy.png"));
    await session?.end();
  });

  const dialog = (question: string): Locator => window.page.getByRole("dialog", { name: question });

  /** The answer is of no interest: a command that a dialog holds up has none. */
  async function begin(request: object): Promise<void> {
    const { status } = await execute(bridge, { timeoutMs: 1000, ...request });
    assert.ok(status === 200 || status === 408, `status ${status}`);
  }

  async function pick(title: string): Promise<void> {
    await begin({ command: "workbench.action.quickOpen", params: [`>${title}`] });
    await window.quickInput.widget.getByRole("option", { name: title }).first().waitFor();
  }

  it("cannot accept an item of a quick pick", async () => {
    await pick("Kiro Bridge: Stop");
    assert.equal((await execute(bridge, accept)).status, 403);
    await window.page.keyboard.press("Escape");
    assert.equal(await askHealth(bridge.url), "healthy");
  });

  it("requires a confirmation even if accepting is allowed", async () => {
    await session.profile.writeSettings("Machine", { "kiroBridge.commands.deny": ["kiroBridge.*"] });
    const isAllowed = async () =>
      (await execute(bridge, { command: "quickInput.accept" })).status === 200 ? true : undefined;
    await eventually(isAllowed, { what: "the new list to bind", deadlineMs: CLICK_DEADLINE_MS });
    await pick("Kiro Bridge: Stop");
    await begin(accept);
    const stop = dialog("Stop Kiro Bridge?");
    await stop.getByText(/A program just ran '.*' in this editor and may have caused this/).waitFor();
    await begin({ command: "quickInput.accept" });
    await begin({ command: "notification.acceptPrimaryAction" });
    await window.screenshot(join(testOutput, "screens", "policyAsks.png"));
    // Like a user who is typing when the dialog opens.
    await window.page.keyboard.press("Enter");
    await stop.waitFor({ state: "detached" });
    assert.equal(await askHealth(bridge.url), "healthy");
  });

  it("requires a confirmation when a task would run a command of the bridge", async () => {
    await begin({ command: "workbench.action.tasks.runTask", params: ["steal"] });
    const copy = dialog("Kiro Bridge: Copy Token?");
    await copy.waitFor();
    await window.screenshot(join(testOutput, "screens", "policyAsksTask.png"));
    await window.page.keyboard.press("Space");
    await copy.waitFor({ state: "detached" });
  });
});
