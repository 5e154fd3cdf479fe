import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { BridgeError } from "../../../src/protocol/errors.ts";
import { launchBrowser } from "../../support/browser/browser.ts";
import { seriousFindings } from "../../support/dashboard/axe.ts";
import { DashboardPage, type DashboardPageOptions } from "../../support/dashboard/dashboardPage.ts";
import { DemoPlugins } from "../../support/dashboard/demoPlugins.ts";
import { FakeBridge } from "../../support/dashboard/fakeBridge.ts";
import { themeNames } from "../../support/dashboard/themes.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { until } from "../../support/until.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "../support.ts";

describeInBrowser("The plugins in the dashboard's page", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let browser: Browser;
  let bridge: FakeBridge;
  let plugins: DemoPlugins;
  let now: number;
  const opened: DashboardPage[] = [];

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  beforeEach(() => {
    bridge = new FakeBridge();
    now = Date.now();
    plugins = new DemoPlugins(now);
    bridge.override({ plugins });
  });
  afterEach(async () => {
    for (const page of opened.splice(0)) await page.close();
  });

  async function open(options: DashboardPageOptions = {}): Promise<DashboardPage> {
    const page = await DashboardPage.open(browser, { bridge, now, ...options });
    opened.push(page);
    if (options.place !== "panel") await page.page.getByRole("tab", { name: "Plugins" }).click();
    return page;
  }

  const letters = (page: Page) => page.getByRole("list", { name: "Dead letters" }).getByRole("listitem");

  for (const theme of themeNames) {
    it(`is accessible, narrow and wide, with reasons and without plugins: ${theme}`, async () => {
      const narrow = await open({ theme });
      await narrow.page.getByText("Why fastapi-backend").click();
      await narrow.page.getByText("the word “endpoint” is one of its keywords").waitFor();
      assert.deepEqual(await seriousFindings(narrow.page), []);
      await narrow.page.screenshot({ path: join(testOutput, "screens", `plugins-${theme}.png`), fullPage: true });
      const wide = await open({ theme, place: "panel", width: 1280, height: 1400 });
      await wide.page.getByRole("list", { name: "Plugins" }).waitFor();
      assert.deepEqual(await seriousFindings(wide.page), []);
      await wide.page.screenshot({ path: join(testOutput, "screens", `plugins-wide-${theme}.png`) });
      bridge = new FakeBridge();
      const empty = await open({ theme });
      await empty.page.getByText("No plugins found").waitFor();
      assert.deepEqual(await seriousFindings(empty.page), []);
      assert.deepEqual([...narrow.complaints, ...wide.complaints, ...empty.complaints], []);
    });
  }

  it("shows each plugin with its state, health, calls, circuit breaker and shared state", async () => {
    const { page } = await open();
    const items = page.getByRole("list", { name: "Plugins" }).getByRole("listitem");
    const texts = (await items.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " "));
    assert.match(
      texts[0] ?? "",
      /fastapi-backend 1\.4\.0 .*running · 804 calls, 3 failed · 6 shared keys, exports endpoints@1/,
    );
    assert.match(texts[0] ?? "", /healthy 12 ms, 0\.4 % errors .*Circuit breaker closed, 10 min ago/);
    assert.match(
      texts[1] ?? "",
      /restarting .*starts again in 8 s.*degraded 840 ms, 31 % errors.*open after 5 failures, 40 s ago/,
    );
    assert.match(texts[2] ?? "", /new-one 0\.1\.0 waits for your approval/);
    assert.match(texts[3] ?? "", /shop running · connected without a manifest · 1 call/);
    assert.match(texts[4] ?? "", /stopped after it crashed too often It crashed 5 times/);
    assert.equal(texts.length, 5);
  });

  it("starts a plugin, and asks for approval before, in the window of the page", async () => {
    const { page, editorActions } = await open();
    await page.getByRole("button", { name: "Approve…: new-one" }).click();
    await page.getByRole("button", { name: "Start Again: unlucky" }).click();
    await until(() => editorActions.done.length === 2);
    assert.deepEqual(editorActions.done, ["startPlugin new-one", "startPlugin unlucky"]);
    const list = page.getByRole("list", { name: "Plugins" });
    assert.equal(await list.getByRole("button").count(), 2);
  });

  it("shows the bus and its topics with their rates", async () => {
    const { page } = await open();
    await page.getByText("18,204 sent, 54,112 delivered").waitFor();
    await page.getByText("12 lost by slow subscribers, 3 expired").waitFor();
    const row = page.getByRole("row", { name: "plugin/fastapi-backend/events" });
    assert.match(await row.innerText(), /42\s+12,004\s+36,012/);
  });

  it("shows the last routing decisions", async () => {
    const { page } = await open();
    const decision = page.getByRole("list", { name: "Routing decisions" }).getByRole("listitem").first();
    assert.match(
      await decision.innerText(),
      /Create a REST endpoint.*\s+to fastapi-backend \(86\.5\), then shop, lobbi/,
    );
  });

  it("sends a dead letter again", async () => {
    const { page } = await open();
    await page.getByRole("tab", { name: "Plugins 2" }).waitFor();
    assert.match(
      await letters(page).first().innerText(),
      /orders\/created\s+from shop to fastapi-backend · 5 deliveries/,
    );
    await page.getByRole("button", { name: "Send again: orders/created for fastapi-backend" }).click();
    await letters(page).nth(1).waitFor({ state: "detached" });
    assert.deepEqual(plugins.done, ["send again l-2"]);
  });

  it("removes a dead letter only if the user is sure", async () => {
    const { page, editorActions } = await open();
    editorActions.isSure = false;
    const remove = page.getByRole("button", { name: "Remove: orders/cancelled for fastapi-backend" });
    await remove.click();
    await page.waitForFunction("true");
    editorActions.isSure = true;
    await remove.click();
    await letters(page).nth(1).waitFor({ state: "detached" });
    assert.deepEqual(plugins.done, ["remove l-1"]);
    assert.ok(editorActions.done.includes("Remove this message?"));
  });

  it("says why a dead letter could not be sent", async () => {
    plugins.resendDeadLetter = () => Promise.reject(new BridgeError("NOT_FOUND", "This message was sent already."));
    const { page } = await open();
    await page.getByRole("button", { name: "Send again: orders/created for fastapi-backend" }).click();
    await page.getByRole("alert").getByText("This message was sent already.").waitFor();
    await page.getByRole("button", { name: "Send again: orders/created for fastapi-backend" }).click({ trial: true });
  });

  it("names a problem of the bus, and is empty while the bridge is off", async () => {
    const problem = "The NATS server does not answer; 12 messages wait.";
    const { bus = assert.fail(), ...view } = plugins.view();
    plugins.view = () => ({ ...view, bus: { ...bus, transport: "nats", problem } });
    const { page } = await open();
    await page.getByText(problem).waitFor();
    await page.getByText("NATS: 5 programs").waitFor();
    bridge.switchOff();
    await page.getByText("Plugins can be used while the bridge is on.").waitFor();
  });
});
