import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { Audit } from "../../../src/access/audit/audit.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { BridgeError } from "../../../src/protocol/errors.ts";
import { accepted, auditDefaults, AuditFolder, ended } from "../../support/auditFolder.ts";
import { launchBrowser } from "../../support/browser/browser.ts";
import { seriousFindings } from "../../support/dashboard/axe.ts";
import { DashboardPage, type DashboardPageOptions } from "../../support/dashboard/dashboardPage.ts";
import { FakeBridge } from "../../support/dashboard/fakeBridge.ts";
import { themeNames } from "../../support/dashboard/themes.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "../support.ts";

describeInBrowser("The audit log in the dashboard's page", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let browser: Browser;
  let folder: AuditFolder;
  let audit: Audit;
  let bridge: FakeBridge;
  const opened: DashboardPage[] = [];

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    folder = await AuditFolder.create();
    const options = { ...auditDefaults, folder: folder.path, isEnabled: true };
    audit = new Audit({ logger: silentLogger, mask: async (value) => value }, options);
    bridge = new FakeBridge();
    bridge.override({ audit });
  });
  afterEach(async () => {
    for (const page of opened.splice(0)) await page.close();
    await audit.dispose();
    await folder.dispose();
  });

  async function open(options: DashboardPageOptions = {}): Promise<DashboardPage> {
    const page = await DashboardPage.open(browser, { bridge, ...options });
    opened.push(page);
    await page.page.getByRole("tab", { name: "Access" }).click();
    await page.page.getByText("Audit log").click();
    return page;
  }

  function fill(count: number): void {
    for (let at = 0; at < count; at++) {
      audit.note(accepted(`run-${at}`));
      audit.note(ended(`run-${at}`));
    }
    const error = new BridgeError("ACCESS_DENIED", "no", { rule: "scope", scope: "commands:run" });
    audit.note({ kind: "request-refused", via: "http", program: "curl/8", what: "x.y", error });
  }

  for (const theme of themeNames) {
    it(`is accessible, with its entries and a verification: ${theme}`, async () => {
      fill(3);
      const { page, complaints } = await open({ theme });
      await page.getByText("ran editor.action.formatDocument").first().waitFor();
      await page.getByRole("button", { name: "Verify" }).click();
      await page.getByText("The audit log is whole").waitFor();
      assert.deepEqual(await seriousFindings(page), []);
      await page.screenshot({ path: join(testOutput, "screens", `audit-${theme}.png`) });
      assert.deepEqual(complaints, []);
    });
  }

  it("shows the newest entries first, and more of them on request", async () => {
    fill(60);
    const { page } = await open();
    const items = page.getByRole("list", { name: "Audit log" }).getByRole("listitem");
    await items.first().getByText("curl/8, without a valid token, was rejected with ACCESS_DENIED").waitFor();
    assert.equal(await items.count(), 50);
    await page.getByRole("button", { name: "Show More" }).click();
    await page.getByText("A window began to write this log.").waitFor();
    assert.equal(await items.count(), 62);
    assert.equal(await page.getByRole("button", { name: "Show More" }).count(), 0);
  });

  it("names the first bad line of a log that was changed", async () => {
    fill(3);
    await audit.dispose();
    const [name = ""] = await folder.files();
    await folder.rewrite(name, (lines) => lines.toSpliced(2, 1));
    const { page } = await open();
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText(`The audit log is broken: lines are missing before line 3 of ${name}.`).waitFor();
  });

  it("says that there are no entries, and exports on request", async () => {
    const { page, editorActions } = await open();
    await page.getByText("No entries yet.").waitFor();
    await page.getByRole("button", { name: "Export…" }).click();
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByText("No entries yet.").waitFor();
    assert.ok(editorActions.done.includes("exportAudit"));
  });
});
