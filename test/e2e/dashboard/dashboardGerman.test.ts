import { editorUser } from "../../../src/core/access/principal.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { seriousFindings } from "../../support/dashboard/axe.ts";
import { DashboardPage, type DashboardPageOptions } from "../../support/dashboard/dashboardPage.ts";
import { fillDemo } from "../../support/dashboard/demo.ts";
import { demoConversations } from "../../support/dashboard/demoConversations.ts";
import { DemoExports } from "../../support/dashboard/demoExports.ts";
import { DemoModels } from "../../support/dashboard/demoModels.ts";
import { EnglishText, shownTexts } from "../../support/dashboard/englishText.ts";
import { BrowserPage, startPageBridge } from "../../support/dashboard/browserPage.ts";
import { FakeBridge } from "../../support/dashboard/fakeBridge.ts";
import { launchBrowser } from "../../support/browser/browser.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "../support.ts";

const TABS = ["Jetzt", "Verlauf", "Aktivität", "Modelle", "Plug-ins", "Exporte", "Clients", "Zugriff"];
/** The button of an agent, and an error of the bridge, which programs get as well. */
const english = new EnglishText("de", ["Allow", "Kiro CLI is not responding."]);

describeInBrowser("The dashboard's page, in German", function () {
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

  async function open(options: DashboardPageOptions): Promise<DashboardPage> {
    const page = await DashboardPage.open(browser, { language: "de", ...options });
    opened.push(page);
    return page;
  }

  async function openDemo(options: DashboardPageOptions = {}): Promise<DashboardPage> {
    const bridge = new FakeBridge();
    await fillDemo(bridge);
    const { windowId } = bridge.core.events;
    const now = Date.now();
    bridge.override({
      models: new DemoModels(windowId, now + 3_600_000),
      exports: new DemoExports(windowId, now),
      conversations: () => demoConversations(now, windowId),
    });
    bridge.core.access.pairings.ask({
      name: "release-bot",
      scopes: ["status:read", "commands:run"],
      commands: { allow: ["test.*"], deny: ["test.delete"] },
    });
    await bridge.core.access.store.create({
      name: "CI",
      kind: "service",
      scopes: ["status:read", "events:read", "agents:prompt"],
      expiresAt: now + 3_600_000,
      by: editorUser,
    });
    return open({ ...options, bridge });
  }

  it("has no English left on any tab, is accessible, and fits into the side bar", async () => {
    const { page, complaints } = await openDemo();
    assert.equal(await page.locator("html").getAttribute("lang"), "de");
    for (const tab of TABS) {
      await page.getByRole("tab", { name: tab }).click();
      await expandAll(page);
      await screenshotOf(page, tab.toLowerCase());
      assert.deepEqual(english.leftIn(await shownTexts(page)), [], tab);
      assert.deepEqual(await seriousFindings(page), [], tab);
      assert.deepEqual(await overflowing(page), [], tab);
    }
    assert.deepEqual(complaints, []);
  });

  it("has no English left where all sections are visible, with a run that has failed", async () => {
    const { page } = await openDemo({ place: "panel", width: 1280, height: 1600 });
    await page.getByRole("option", { name: "doesNotExist" }).click();
    await page.getByText("COMMAND_EXECUTION_FAILED").waitFor();
    await expandAll(page);
    await screenshotOf(page, "wide");
    assert.deepEqual(english.leftIn(await shownTexts(page)), []);
    assert.deepEqual(await seriousFindings(page), []);
  });

  it("explains in German that the bridge is off", async () => {
    const bridge = new FakeBridge();
    const { page } = await open({ bridge });
    bridge.switchOff();
    await page.getByText("Die Bridge ist deaktiviert").waitFor();
    for (const tab of TABS) {
      await page.getByRole("tab", { name: tab }).click();
      assert.deepEqual(english.leftIn(await shownTexts(page)), [], tab);
    }
    await screenshotOf(page, "aus");
  });

  it("creates a token with the words of its permissions in German", async () => {
    const { page } = await open({ bridge: new FakeBridge() });
    await page.getByRole("tab", { name: "Zugriff" }).click();
    await page.getByRole("button", { name: "Token erstellen…" }).click();
    await page.getByLabel("Rolle").selectOption("custom");
    await page.getByText("Andere Programme zulassen und deren Zugriff widerrufen").waitFor();
    assert.deepEqual(english.leftIn(await shownTexts(page)), []);
    await screenshotOf(page, "token");
  });

  it("formats numbers and durations as in German", async () => {
    const { page } = await openDemo();
    await page.getByRole("tab", { name: "Clients" }).click();
    await page.getByText("18.204 Ereignisse").waitFor();
    await page.getByRole("tab", { name: "Modelle" }).click();
    await page.getByText("150.000 Token ein (90.000 zwischengespeichert), 10.000 aus").waitFor();
  });
});

describeInBrowser("The dashboard in a German browser", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let browser: Browser;

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());

  it("loads its texts in the language of the browser, and is in English for one that it does not have", async () => {
    const bridge = await startPageBridge();
    const german = await BrowserPage.open(browser, bridge.server.url, { locale: "de-AT" });
    await german.page.getByRole("button", { name: "Zugriff anfordern" }).click();
    await german.page.getByRole("heading", { name: "Wartet auf Ihre Entscheidung" }).waitFor();
    assert.equal(await german.page.locator("html").getAttribute("lang"), "de");
    assert.deepEqual(english.leftIn(await shownTexts(german.page)), []);
    assert.deepEqual(await seriousFindings(german.page), []);
    await screenshotOf(german.page, "browser");
    const danish = await BrowserPage.open(browser, bridge.server.url, { locale: "da" });
    await danish.page.getByRole("button", { name: "Ask for Access" }).waitFor();
    assert.equal(await danish.page.locator("html").getAttribute("lang"), "en");
    assert.deepEqual([german.complaints, german.foreign, danish.complaints], [[], [], []]);
    await german.close();
    await danish.close();
    await bridge.dispose();
  });
});

/** Opens every list that can be expanded. */
async function expandAll(page: Page): Promise<void> {
  const all = page.locator("details:not([open]) > summary");
  for (let left = await all.count(); left > 0; left = await all.count()) await all.first().click();
}

function screenshotOf(page: Page, name: string): Promise<unknown> {
  return page.screenshot({ path: join(testOutput, "screens", `german-${name}.png`) });
}

/** Returns the texts that are wider than the page, but those that end with an ellipsis. */
async function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const wide = [];
    const visit = (node) => {
      if (node instanceof HTMLElement && node.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
        if (!node.closest(".hidden, .cut") && node.childElementCount === 0) wide.push(node.outerHTML.slice(0, 200));
      if (node.shadowRoot) visit(node.shadowRoot);
      for (const child of node.children ?? []) visit(child);
    };
    visit(document.body);
    return wide;
  })()`);
}
