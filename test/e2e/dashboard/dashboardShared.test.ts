import assert from "node:assert/strict";
import { join } from "node:path";
import { fake } from "../../fixtures/simulator/directive.ts";
import { seriousFindings } from "../../support/dashboard/axe.ts";
import { EditorDashboard } from "../../support/dashboard/editorDashboard.ts";
import { startExecution } from "../../support/dashboard/programCalls.ts";
import { type Discovery, waitForDiscovery } from "../../support/editor/bridge.ts";
import { installCodeServer } from "../../support/editor/codeServerInstall.ts";
import { EditorSession } from "../../support/editor/editorSession.ts";
import type { EditorWindow } from "../../support/editor/editorWindow.ts";
import { testOutput, vsixPath } from "../../support/editor/paths.ts";
import { freePort } from "../../support/programs/freePort.ts";
import { describeInBrowser, SEE_DEADLINE_MS, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "../support.ts";

describeInBrowser("The dashboard of a window that shares its address", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let shop: EditorWindow;
  let docs: EditorWindow;
  let folders: { shop: string; docs: string };
  let bridge: Discovery;

  before(async () => {
    const install = await installCodeServer("newest");
    const machineSettings = { "kiroBridge.cli.path": "simulator", "kiroBridge.api.port": await freePort() };
    session = await EditorSession.start({ install, vsix: vsixPath, machineSettings });
    const { profile } = session;
    folders = { shop: await profile.createWorkspace("shop"), docs: await profile.createWorkspace("docs") };
    shop = await session.openWindow({ folder: folders.shop });
    bridge = await waitForDiscovery(profile.bridgeHome, START_DEADLINE_MS);
    docs = await session.openWindow({ folder: folders.docs });
    bridge = await waitForDiscovery(profile.bridgeHome, START_DEADLINE_MS, ({ windows }) => windows.length === 2);
  });

  after(() => session?.end());

  const ask = (text: string, workspacePath: string): Promise<string> =>
    startExecution(bridge, { command: "kiro.cli.chat", args: [text], workspacePath });

  it("shows the runs of the window that has the address, and opens their output in its own editor", async () => {
    const view = await new EditorDashboard(docs).showView();
    await view.getByText(/^Shares 127\.0\.0\.1:\d+ with 1 other window\.$/).waitFor({ timeout: SEE_DEADLINE_MS });
    await ask("Describe the shop", folders.shop);
    await view.getByRole("tab", { name: "History" }).click();
    const run = view.getByRole("option", { name: /Describe the shop.*shop/s });
    await run.click({ timeout: SEE_DEADLINE_MS });
    await docs.screenshot(join(testOutput, "screens", "dashboard-shared.png"));
    assert.deepEqual(await seriousFindings(view), []);
    await view.getByRole("button", { name: "Open the full output" }).click();
    const tabs = (window: EditorWindow) => window.page.locator(".part.editor").getByRole("tab");
    await tabs(docs).first().waitFor({ timeout: SEE_DEADLINE_MS });
    assert.equal(await tabs(shop).count(), 0);
    await view.getByRole("button", { name: "Back to the list" }).click();
  });

  it("answers a question of the other window", async () => {
    const view = await new EditorDashboard(docs).showView();
    await view.getByRole("tab", { name: "Now" }).click();
    await ask(`Tidy up the shop ${fake("tool")}`, folders.shop);
    const question = view.getByRole("group", { name: /^Question from Tidy up the shop.* in shop$/ });
    await question.getByRole("button").first().click({ timeout: SEE_DEADLINE_MS });
    await question.waitFor({ state: "detached", timeout: SEE_DEADLINE_MS });
  });

  it("shows the runs of a member in the window that has the address, and filters them", async () => {
    const view = await new EditorDashboard(shop).showView();
    await ask(`Write the docs ${fake("long", { words: 100_000, chunkMs: 5 })}`, folders.docs);
    const run = view.getByRole("article", { name: /Write the docs/ });
    await run.getByText("docs", { exact: true }).waitFor({ timeout: SEE_DEADLINE_MS });
    await view.getByRole("combobox", { name: "Show runs of" }).selectOption({ label: "This window" });
    await run.waitFor({ state: "detached", timeout: SEE_DEADLINE_MS });
    await view.getByRole("button", { name: "Show All Windows" }).click();
    await run.waitFor({ timeout: SEE_DEADLINE_MS });
  });

  it("goes on when its window gets the address", async () => {
    const view = await new EditorDashboard(docs).showView();
    const run = view.getByRole("article", { name: /Write the docs/ });
    await run.waitFor({ timeout: SEE_DEADLINE_MS });
    await shop.close();
    await view.getByText(/^Shares /).waitFor({ state: "detached", timeout: SEE_DEADLINE_MS });
    await run.getByRole("button", { name: /^Cancel/ }).click({ timeout: SEE_DEADLINE_MS });
    await run.waitFor({ state: "detached", timeout: SEE_DEADLINE_MS });
    await view.getByText("Nothing is running", { exact: true }).waitFor({ timeout: SEE_DEADLINE_MS });
  });
});
