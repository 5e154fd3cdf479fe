import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../../support/browser/browser.ts";
import { seriousFindings } from "../../support/dashboard/axe.ts";
import { DashboardPage, type DashboardPageOptions } from "../../support/dashboard/dashboardPage.ts";
import { DemoExports } from "../../support/dashboard/demoExports.ts";
import { FakeBridge } from "../../support/dashboard/fakeBridge.ts";
import { themeNames } from "../../support/dashboard/themes.ts";
import { windowView } from "../../support/dashboard/windowViews.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { until } from "../../support/until.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "../support.ts";

describeInBrowser("The exports in the dashboard's page", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let browser: Browser;
  let bridge: FakeBridge;
  let exports: DemoExports;
  const now = Date.now();
  const opened: DashboardPage[] = [];

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  beforeEach(() => {
    bridge = new FakeBridge();
    exports = new DemoExports(bridge.core.events.windowId, now);
    bridge.override({ exports });
  });
  afterEach(async () => {
    for (const page of opened.splice(0)) await page.close();
  });

  async function open(options: DashboardPageOptions): Promise<DashboardPage> {
    const page = await DashboardPage.open(browser, { now, ...options });
    opened.push(page);
    if (options.place !== "panel") await page.page.getByRole("tab", { name: "Exports" }).click();
    return page;
  }

  it("show their state, what waits, what their answers prove, the last error, and what was lost", async () => {
    exports.problems = ["The destination 'old' has an unknown kind."];
    const { page, complaints } = await open({ bridge });
    const items = page.getByRole("list", { name: "Exports" }).getByRole("listitem");
    await items.nth(4).waitFor();
    const texts = (await items.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " "));
    assert.match(texts[0] ?? "", /archive s3 works · since .* 1,204 events, the last one 40 s ago: stored/);
    assert.match(
      texts[1] ?? "",
      /phone webhook tries again · since .* 17 waiting, the oldest for 2 min 10 s · next attempt at .* It answered 503\./,
    );
    assert.match(texts[2] ?? "", /records dynamodb needs you .* The clock of this machine is 20 minutes ahead\./);
    assert.match(texts[2] ?? "", /3 lost, because too many were waiting or the disk was full · 2 refused/);
    assert.match(texts[2] ?? "", /2 dead letters/);
    assert.match(texts[3] ?? "", /traces otlp off by the settings\s*$/);
    assert.match(texts[4] ?? "", /metrics otlp nothing sent yet · since .* Send Test\s*$/);
    await page.getByText("The destination 'old' has an unknown kind.").waitFor();
    await page.getByRole("tab", { name: "Exports 1" }).waitFor();
    assert.deepEqual(complaints, []);
  });

  it("are tested, and say in words what came back", async () => {
    const { page } = await open({ bridge });
    await page.getByRole("button", { name: "Send Test: archive" }).click();
    await page.getByText("The test was stored. The bucket has the object.").waitFor();
    exports.result = { success: false, outcome: undefined, message: "It answered 403: the key is wrong." };
    await page.getByRole("button", { name: "Send Test: phone" }).click();
    await page.getByText("The test has failed. It answered 403: the key is wrong.").waitFor();
    const { windowId } = bridge.core.events;
    assert.deepEqual(exports.done, [`test archive ${windowId}`, `test phone ${windowId}`]);
  });

  it("ask for another secret where the one that is there is rejected", async () => {
    const { page, editorActions } = await open({ bridge });
    const buttons = page.getByRole("button", { name: /^Set Secret…/ });
    await buttons.waitFor();
    assert.equal(await buttons.count(), 1);
    await buttons.click();
    await until(() => editorActions.done.includes("setExportSecret records"));
    assert.deepEqual(exports.done, []);
  });

  it("ask for no secret of another window, whose editor may keep its own", async () => {
    const own = windowView(bridge.core.events.windowId, { owner: true });
    const others = new DemoExports("docs", now);
    bridge.override({ exports: others, windows: () => [own, windowView("docs")] });
    const { page } = await open({ bridge });
    await page.getByRole("button", { name: "Send Test: records of docs" }).waitFor();
    assert.equal(await page.getByRole("button", { name: /^Set Secret…/ }).count(), 0);
  });

  it("show their dead letters by keys alone, and send them again", async () => {
    const { page } = await open({ bridge });
    const summary = page.getByText("2 dead letters, records");
    await summary.focus();
    await page.keyboard.press("Enter");
    await page.getByText("It answered 413: the item is too large.").first().waitFor();
    await page.getByText(/exec-2/).waitFor();
    await page.getByRole("button", { name: "Send Again: records" }).click();
    await page.getByText("2 dead letters on the way again.").waitFor();
    await until(async () => (await summary.count()) === 0, "the dead letters to be gone");
    assert.equal(exports.done.at(-1), `replay records ${bridge.core.events.windowId}`);
  });

  it("forget their dead letters when the user is sure", async () => {
    const { page, editorActions } = await open({ bridge });
    await page.getByText("2 dead letters, records").click();
    await page.getByRole("button", { name: "Remove…: records" }).click();
    await until(() => exports.deadLetters.length === 0);
    assert.deepEqual(editorActions.done, ["Remove the dead letters of records?"]);
  });

  it("are accessible in each theme, narrow and wide", async () => {
    const narrow = await open({ bridge });
    await narrow.page.getByText("2 dead letters, records").click();
    await narrow.page.getByText(/exec-2/).waitFor();
    const wide = await open({ bridge, place: "panel", width: 1280, height: 1600 });
    await wide.page.getByRole("list", { name: "Exports" }).waitFor();
    for (const theme of themeNames) {
      for (const [name, dashboard] of Object.entries({ exports: narrow, "exports-wide": wide })) {
        await dashboard.useTheme(theme);
        assert.deepEqual(await seriousFindings(dashboard.page), [], `${name} ${theme}`);
        await dashboard.page.screenshot({ path: join(testOutput, "screens", `${name}-${theme}.png`), fullPage: true });
      }
    }
    assert.deepEqual([...narrow.complaints, ...wide.complaints], []);
  });

  it("say what they are where there are none, and are not mentioned in the wide page", async () => {
    const { page, editorActions } = await open({ bridge: new FakeBridge() });
    await page.getByText("Nothing leaves this computer.").waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByRole("button", { name: "Open Settings" }).click();
    await until(() => editorActions.done.includes("openSettings exports"));
    await page.getByRole("button", { name: "Show Guide" }).click();
    await until(() => editorActions.done.includes("document exports.md"));
    const wide = await open({ bridge: new FakeBridge(), place: "panel", width: 1280 });
    await wide.page.getByRole("heading", { name: "Access" }).waitFor();
    assert.equal(await wide.page.getByRole("heading", { name: "Exports" }).count(), 0);
  });
});
