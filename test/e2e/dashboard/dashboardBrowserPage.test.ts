import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../../support/browser/browser.ts";
import { seriousFindings } from "../../support/dashboard/axe.ts";
import { BrowserPage, startPageBridge } from "../../support/dashboard/browserPage.ts";
import type { TestBridge } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "../support.ts";

describeInBrowser("The page of the dashboard in a browser", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let browser: Browser;
  let bridge: TestBridge;
  const pages: BrowserPage[] = [];

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    bridge = await startPageBridge();
    await bridge.core.catalog.refresh();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
    await bridge.dispose();
  });

  async function open(options?: Parameters<typeof BrowserPage.open>[2]): Promise<BrowserPage> {
    const page = await BrowserPage.open(browser, bridge.server.url, options);
    pages.push(page);
    return page;
  }

  it("runs no script and no style but its own", async () => {
    const { page, complaints } = await open();
    await page.getByRole("button", { name: "Ask for Access" }).waitFor();
    assert.deepEqual(complaints, []);
    const ran = await page.evaluate<boolean>(`(() => {
      const script = document.createElement("script");
      script.textContent = "window.hasRun = true";
      document.body.append(script);
      const image = document.createElement("div");
      image.innerHTML = "<p onclick='window.hasRun = true'></p>";
      image.firstChild.click();
      return window.hasRun === true;
    })()`);
    assert.equal(ran, false);
    await until(() => complaints.length > 0, "the browser has complained");
    assert.match(complaints.join("\n"), /Content Security Policy/);
    const isReached = await page.evaluate<boolean>(`fetch("http://127.0.0.1:1/").then(() => true, () => false)`);
    assert.equal(isReached, false);
  });

  for (const colorScheme of ["dark", "light"] as const)
    for (const contrast of ["no-preference", "more"] as const)
      it(`is accessible before and after pairing, ${colorScheme}, contrast ${contrast}`, async () => {
        const opened = await open({ colorScheme, contrast });
        await opened.page.getByRole("button", { name: "Ask for Access" }).waitFor();
        assert.deepEqual(await seriousFindings(opened.page), []);
        await opened.pair(bridge, "Everything, and decide who has access");
        await bridge.execute({ command: "test.echo", args: ["a"] });
        await opened.page.locator("kiro-history").getByText("test.echo").first().click();
        await opened.page.getByText("What is missing").click();
        assert.deepEqual(await seriousFindings(opened.page), []);
        await opened.page.getByRole("button", { name: "Open the full output" }).click();
        await opened.page.getByRole("dialog", { name: "Output" }).waitFor();
        assert.deepEqual(await seriousFindings(opened.page), []);
        await opened.page.screenshot({ path: `dist/test/screens/browser-${colorScheme}-${contrast}.png` });
      });
});
