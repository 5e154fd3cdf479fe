import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../../support/browser/browser.ts";
import { seriousFindings } from "../../support/dashboard/axe.ts";
import { DashboardPage, type DashboardPageOptions } from "../../support/dashboard/dashboardPage.ts";
import { DemoModels } from "../../support/dashboard/demoModels.ts";
import { FakeBridge } from "../../support/dashboard/fakeBridge.ts";
import { themeNames } from "../../support/dashboard/themes.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { until } from "../../support/until.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "../support.ts";

describeInBrowser("The models in the dashboard's page", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let browser: Browser;
  const now = Date.now();
  const opened: DashboardPage[] = [];

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  afterEach(async () => {
    for (const page of opened.splice(0)) await page.close();
  });

  async function open(options: DashboardPageOptions): Promise<DashboardPage> {
    const page = await DashboardPage.open(browser, { now, ...options });
    opened.push(page);
    if (options.place !== "panel") await page.page.getByRole("tab", { name: "Models" }).click();
    return page;
  }

  function demo(): FakeBridge {
    const bridge = new FakeBridge();
    const models = new DemoModels(bridge.core.events.windowId, now + 3_600_000);
    bridge.override({ models });
    return bridge;
  }

  it("show their state, their use today, their limits, and who has used them", async () => {
    const { page, complaints } = await open({ bridge: demo() });
    const items = page.getByRole("list", { name: "Models" }).getByRole("listitem");
    await items.nth(4).waitFor();
    const texts = (await items.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " "));
    assert.match(texts[0] ?? "", /GPT gpt ready · OpenAI Responses · 2 sessions/);
    assert.match(texts[0] ?? "", /Today: 150,000 tokens in \(90,000 cached\), 10,000 out · 12 steps · 0\.518 USD/);
    assert.match(
      texts[0] ?? "",
      /Daily limit: 160,000 of 200,000 tokens \(80 %\) Daily limit: 0\.518 of 2\.00 USD \(26 %\)/,
    );
    assert.match(texts[0] ?? "", /Daily limit of ci-1: 36,000 of 36,000 tokens \(100 %\), reached/);
    assert.match(texts[1] ?? "", /Claude claude not available .* The vendor rejects the key of 'claude'\. Run “/);
    assert.match(texts[2] ?? "", /Ollama local not used yet · OpenAI Chat Completions Today: nothing used/);
    assert.match(texts[3] ?? "", /Copilot copilot off, because the workspace is not trusted/);
    assert.match(texts[4] ?? "", /former no longer in the settings Today: 500 tokens in, 20 out/);
    const meter = page.getByRole("meter", { name: "Daily limit, GPT" }).first();
    assert.equal(await meter.getAttribute("aria-valuenow"), "80");
    assert.equal(await meter.getAttribute("aria-valuetext"), "160,000 of 200,000 tokens (80 %)");
    await page.getByText("Today, in all windows of this computer. Limits reset at").waitFor();
    const summary = page.getByText("By client and session, GPT");
    await summary.focus();
    await page.keyboard.press("Enter");
    const rows = page.getByRole("row");
    assert.match(await rows.filter({ hasText: "Owner" }).first().innerText(), /Owner\s+120K\s+4,000\s+9\s+0\.42 USD/);
    await rows.filter({ hasText: "review (sess-gpt-1)" }).waitFor();
    assert.deepEqual(complaints, []);
  });

  it("are accessible in each theme, narrow and wide", async () => {
    const narrow = await open({ bridge: demo() });
    await narrow.page.getByText("By client and session, GPT").click();
    const wide = await open({ bridge: demo(), place: "panel", width: 1280, height: 1600 });
    await wide.page.getByRole("list", { name: "Models" }).waitFor();
    for (const theme of themeNames) {
      for (const [name, dashboard] of Object.entries({ models: narrow, "models-wide": wide })) {
        await dashboard.useTheme(theme);
        assert.deepEqual(await seriousFindings(dashboard.page), [], `${name} ${theme}`);
        await dashboard.page.screenshot({ path: join(testOutput, "screens", `${name}-${theme}.png`), fullPage: true });
      }
    }
    assert.deepEqual([...narrow.complaints, ...wide.complaints], []);
  });

  it("are added, get another key, and are trusted by the commands of the editor", async () => {
    const { page, editorActions } = await open({ bridge: demo() });
    await page.getByRole("button", { name: "Set Key…: Claude" }).click();
    await page.getByRole("button", { name: "Manage Workspace Trust: Copilot" }).click();
    await page.getByRole("button", { name: "Add Model…" }).click();
    await until(() => editorActions.done.length === 3);
    assert.deepEqual(editorActions.done, ["setModelKey claude", "manageTrust", "addModel"]);
  });

  it("lead to the command where there are none, and are not mentioned in the wide page", async () => {
    const { page, editorActions } = await open({ bridge: new FakeBridge() });
    await page.getByText("No models added").waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByRole("button", { name: "Add Model…" }).click();
    await until(() => editorActions.done.includes("addModel"));
    const wide = await open({ bridge: new FakeBridge(), place: "panel", width: 1280 });
    await wide.page.getByRole("heading", { name: "Access" }).waitFor();
    assert.equal(await wide.page.getByRole("heading", { name: "Models" }).count(), 0);
  });
});
