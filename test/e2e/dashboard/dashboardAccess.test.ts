import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { editorUser } from "../../../src/core/access/principal.ts";
import { seriousFindings } from "../../support/dashboard/axe.ts";
import { DashboardPage, type DashboardPageOptions } from "../../support/dashboard/dashboardPage.ts";
import { FakeBridge } from "../../support/dashboard/fakeBridge.ts";
import { themeNames } from "../../support/dashboard/themes.ts";
import { launchBrowser } from "../../support/browser/browser.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "../support.ts";

const WIDE = { place: "panel", width: 1280, height: 800 } as const;

describeInBrowser("Access in the dashboard's page", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let browser: Browser;
  const opened: DashboardPage[] = [];

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  afterEach(async () => {
    for (const page of opened.splice(0)) await page.close();
  });

  async function open(options: DashboardPageOptions = {}): Promise<DashboardPage> {
    const page = await DashboardPage.open(browser, options);
    opened.push(page);
    return page;
  }

  const askForAccess = ({ core }: FakeBridge, name = "release-bot") =>
    core.access.pairings.ask({
      name,
      program: "release-bot/2.1 (node 24)",
      scopes: ["status:read", "commands:run"],
      commands: { allow: ["test.*", "workbench.action.files.save"] },
      reason: "Runs the tests before a release.",
    });

  const createClient = ({ core }: FakeBridge, name = "CI of my project") =>
    core.access.store.create({
      name,
      kind: "service",
      scopes: ["status:read", "events:read", "agents:prompt"],
      expiresAt: Date.now() + 3_600_000,
      by: editorUser,
    });

  for (const theme of themeNames) {
    it(`is accessible, with a request, a client and the form for tokens: ${theme}`, async () => {
      const bridge = new FakeBridge();
      askForAccess(bridge);
      await createClient(bridge);
      const { page, complaints } = await open({ bridge, theme });
      await page.getByRole("tab", { name: "Access 1" }).click();
      await page.getByText("1 risky").click();
      await page.getByRole("button", { name: "Allow: release-bot" }).click({ trial: true });
      assert.deepEqual(await seriousFindings(page), []);
      await page.screenshot({ path: join(testOutput, "screens", `access-${theme}.png`) });
      await page.getByRole("button", { name: "Create Token…" }).click();
      await page.getByRole("combobox", { name: "Role" }).selectOption("custom");
      assert.deepEqual(await seriousFindings(page), []);
      const wide = await open({ ...WIDE, bridge, theme });
      await wide.page.getByRole("button", { name: "Allow: release-bot" }).click({ trial: true });
      assert.deepEqual(await seriousFindings(wide.page), []);
      await wide.page.screenshot({ path: join(testOutput, "screens", `access-wide-${theme}.png`) });
      assert.deepEqual([...complaints, ...wide.complaints], []);
    });
  }

  it("shows a request as it comes, in words, and takes the decision", async () => {
    const bridge = new FakeBridge();
    const { page } = await open({ bridge });
    const { request, secret } = askForAccess(bridge);
    await page.getByRole("tab", { name: "Access 1" }).click();
    const card = page.getByRole("article", { name: "release-bot asks for access" });
    await card.getByText(request.code, { exact: true }).waitFor();
    await card.getByText("Run editor commands: test.*, workbench.action.files.save").waitFor();
    await card.getByText("Runs the tests before a release.").waitFor();
    await card.getByText("release-bot/2.1 (node 24)").waitFor();
    await card.getByRole("button", { name: "Allow for 1 Hour" }).click();
    await card.waitFor({ state: "detached" });
    assert.equal(bridge.core.access.pairings.poll(secret).state.kind, "allowed");
    await page.getByRole("tab", { name: "Access", exact: true }).waitFor();
    await page.getByText("No programs were let in").waitFor();
  });

  it("removes a request that was decided elsewhere", async () => {
    const bridge = new FakeBridge();
    const { request } = askForAccess(bridge);
    const { page } = await open({ ...WIDE, bridge });
    const card = page.getByRole("article", { name: "release-bot asks for access" });
    await card.waitFor();
    bridge.core.access.pairings.decide(request.id, { decision: "deny" }, editorUser);
    await card.waitFor({ state: "detached" });
  });

  it("can be used by keys alone: the tab, the decision, the form", async () => {
    const bridge = new FakeBridge();
    const { secret } = askForAccess(bridge);
    const { page } = await open({ bridge });
    await page.getByRole("tab", { name: "Now" }).focus();
    await page.keyboard.press("End");
    await page.getByRole("button", { name: "Deny: release-bot" }).click({ trial: true });
    for (let count = 0; count < 3; count++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("article", { name: /asks for access/ }).waitFor({ state: "detached" });
    assert.equal(bridge.core.access.pairings.poll(secret).state.kind, "denied");
    await page.getByRole("button", { name: "Create Token…" }).focus();
    await page.keyboard.press("Enter");
    await page.locator("kiro-token-form input:focus").waitFor();
    await page.keyboard.type("My CI");
    await page.keyboard.press("Enter");
    await page.getByRole("group", { name: "New token" }).waitFor();
    assert.equal(bridge.core.access.store.list()[0]?.name, "My CI");
  });

  it("creates a token, shows it once, and keeps it nowhere", async () => {
    const bridge = new FakeBridge();
    const dashboard = await open({ bridge });
    const { page, editorActions } = dashboard;
    await page.getByRole("tab", { name: "Access" }).click();
    await page.getByRole("button", { name: "Create Token…" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("My CI");
    await page.getByRole("textbox", { name: "Commands" }).fill("test.*, workbench.action.files.save");
    await page.getByText("Run editor commands: test.*, workbench.action.files.save").waitFor();
    await page.getByRole("combobox", { name: "Expires after" }).selectOption("1 day");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    const shown = page.getByRole("group", { name: "New token" });
    const token = await shown.locator(".token").innerText();
    assert.equal(bridge.core.access.store.authenticate(token)?.name, "My CI");
    assert.deepEqual(await seriousFindings(page), []);
    await shown.getByRole("button", { name: "Copy" }).click();
    await shown.getByRole("button", { name: "Done" }).click();
    assert.deepEqual(editorActions.done, [`copy: ${token}`]);
    await page.getByText(/expires in (24 h|23 h)/).waitFor();
    await dashboard.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    const kept = await dashboard.evaluate<string>(
      "sessionStorage.getItem('state') + document.documentElement.innerHTML",
    );
    assert.ok(kept.includes("access") && !kept.includes(token));
    await dashboard.hide();
    await dashboard.show();
    await page.getByRole("tab", { name: "Access", selected: true }).waitFor();
    await page.getByText("My CI").waitFor();
    assert.equal(await page.getByText(token).count(), 0);
  });

  it("revokes a client when the user has agreed", async () => {
    const bridge = new FakeBridge();
    const { token } = await createClient(bridge);
    const { page, editorActions } = await open({ ...WIDE, bridge });
    editorActions.isSure = false;
    const revoke = page.getByRole("button", { name: "Revoke the access of CI of my project" });
    await revoke.click();
    assert.ok(bridge.core.access.store.authenticate(token));
    editorActions.isSure = true;
    await revoke.click();
    await revoke.waitFor({ state: "detached" });
    assert.equal(bridge.core.access.store.authenticate(token), undefined);
    assert.equal(editorActions.done.length, 2);
  });

  it("shows what looks like markup as text, and long names in their place", async () => {
    const bridge = new FakeBridge();
    const evil = '<img src=x onerror="window.isBroken=1">';
    askForAccess(bridge, evil);
    await createClient(bridge, "W".repeat(80));
    const { page, evaluate, complaints } = await open({ bridge });
    await page.getByRole("tab", { name: "Access 1" }).click();
    await page.getByText(`${evil} asks for access`, { exact: true }).waitFor();
    assert.equal(await evaluate("window.isBroken"), undefined);
    const isWider =
      "document.querySelector('kiro-dashboard').shadowRoot.querySelector('main').scrollWidth > innerWidth";
    assert.equal(await evaluate(isWider), false);
    assert.deepEqual(complaints, []);
  });

  it("says why the list cannot be read", async () => {
    const bridge = new FakeBridge();
    bridge.accessStorage.text = "{ broken";
    const { page } = await open({ ...WIDE, bridge });
    await page.getByText(/access\.json cannot be used/).waitFor();
    assert.deepEqual(await seriousFindings(page), []);
  });

  it("shows the section when the editor asks for it, and nothing while the bridge is off", async () => {
    const bridge = new FakeBridge();
    const { page, showAccess } = await open({ bridge });
    showAccess();
    await page.getByRole("tab", { name: "Access", selected: true }).waitFor();
    bridge.switchOff();
    await page.getByText("Programs can be let in while the bridge is on.").waitFor();
  });
});
