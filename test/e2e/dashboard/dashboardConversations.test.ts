import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../../support/browser/browser.ts";
import { seriousFindings } from "../../support/dashboard/axe.ts";
import { DashboardPage } from "../../support/dashboard/dashboardPage.ts";
import { demoConversations } from "../../support/dashboard/demoConversations.ts";
import { FakeBridge } from "../../support/dashboard/fakeBridge.ts";
import { themeNames } from "../../support/dashboard/themes.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "../support.ts";

describeInBrowser("The conversations in the dashboard's page", function () {
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

  it("show the gateway, the turns, estimated tokens, and the tools that the client runs", async () => {
    const now = Date.now();
    const bridge = new FakeBridge();
    const { windowId } = bridge.core.events;
    bridge.override({ conversations: () => demoConversations(now, windowId) });
    const dashboard = await DashboardPage.open(browser, { bridge, now });
    opened.push(dashboard);
    const { page } = dashboard;
    await page.getByRole("tab", { name: "Clients" }).click();
    const items = page.getByRole("list", { name: "Conversations" }).getByRole("listitem");
    await items.first().waitFor();
    const texts = (await items.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " "));
    assert.equal(texts.length, 3);
    assert.match(
      texts[0] ?? "",
      /claude-cli.*Claude Code Anthropic API · kiro · 12 turns · about 48,210 tokens · waits for its client Runs for the agent: Bash, Read/,
    );
    assert.match(texts[1] ?? "", /CI OpenAI API · kiro\/claude-sonnet · 1 turn · about 1,204 tokens · working/);
    assert.match(texts[2] ?? "", /codex_exec.*3 turns · about 90,000 tokens · idle · 2 min ago/);
    for (const theme of themeNames) {
      await dashboard.useTheme(theme);
      assert.deepEqual(await seriousFindings(page), [], theme);
      await page.screenshot({ path: join(testOutput, "screens", `conversations-${theme}.png`), fullPage: true });
    }
    assert.equal(await page.getByRole("button", { name: /^Show Prompt: / }).count(), 2);
    assert.deepEqual(dashboard.complaints, []);
  });

  it("are not mentioned where there are none, and open the prompt that runs", async () => {
    const bridge = new FakeBridge();
    const { windowId } = bridge.core.events;
    const dashboard = await DashboardPage.open(browser, { bridge });
    opened.push(dashboard);
    const { page } = dashboard;
    await page.getByRole("tab", { name: "Clients" }).click();
    await page.getByText("No programs connected").waitFor();
    assert.equal(await page.getByText("Conversations").count(), 0);
    const execution = await bridge.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["What is new?"] });
    const [first] = demoConversations(Date.now(), windowId);
    assert.ok(first);
    bridge.override({ conversations: () => [{ ...first, executionId: execution.id }] });
    await dashboard.show();
    await page.getByRole("tab", { name: "Clients" }).click();
    await page.getByRole("button", { name: /^Show Prompt: claude-cli/ }).click();
    await page.getByText("What is new?").first().waitFor();
  });
});
