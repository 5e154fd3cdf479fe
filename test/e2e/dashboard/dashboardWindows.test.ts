import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { WindowView } from "../../../src/dashboard/contract/dashboard.ts";
import type { EventPayload } from "../../../src/protocol/events.ts";
import type { InputAnswer } from "../../../src/protocol/input.ts";
import { launchBrowser } from "../../support/browser/browser.ts";
import { seriousFindings } from "../../support/dashboard/axe.ts";
import { DashboardPage, type DashboardPageOptions } from "../../support/dashboard/dashboardPage.ts";
import { FakeBridge } from "../../support/dashboard/fakeBridge.ts";
import { themeNames } from "../../support/dashboard/themes.ts";
import { windowView } from "../../support/dashboard/windowViews.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "../support.ts";

const WIDE = { place: "panel", width: 1280, height: 800 } as const;

/** A bridge that shares its address with other windows, and a run of its own that goes on. */
class SharedBridge extends FakeBridge {
  readonly own = windowView(this.core.events.windowId, { workspaceFolders: ["/home/ada/shop"], owner: true });
  #eventIds = 0;

  constructor() {
    super();
    this.agent.turn = (_task, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  }

  /** Beside the own window. */
  share(...others: readonly WindowView[]): void {
    this.override({ windows: () => [this.own, ...others] });
    this.changed.fire(this.state);
  }

  async runOwn(): Promise<void> {
    await this.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Fix the shop"] });
  }

  /** Something happens in the window `docs`. */
  happensInDocs(payload: EventPayload): void {
    this.core.events.import({
      ...payload,
      eventId: 0,
      windowId: "docs",
      windowEventId: ++this.#eventIds,
      timestamp: new Date().toISOString(),
    });
  }

  runInDocs(): void {
    this.happensInDocs({
      type: "command-started",
      executionId: "exec-1-1",
      command: "kiro.cli.chat",
      args: ["Write the docs"],
      target: "cli",
    });
  }
}

describeInBrowser("The dashboard's page with several windows", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let browser: Browser;
  let bridge: SharedBridge;
  const opened: DashboardPage[] = [];

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  beforeEach(() => {
    bridge = new SharedBridge();
  });
  afterEach(async () => {
    for (const page of opened.splice(0)) await page.close();
  });

  async function open(options: DashboardPageOptions = {}): Promise<DashboardPage> {
    const page = await DashboardPage.open(browser, { ...options, bridge });
    opened.push(page);
    return page;
  }

  for (const theme of themeNames) {
    it(`is accessible, narrow and wide: ${theme}`, async () => {
      bridge.share(windowView("docs"), windowView("api", { state: "not-responding" }));
      await bridge.runOwn();
      for (const options of [{ theme }, { ...WIDE, theme }]) {
        const { page, complaints } = await open(options);
        bridge.happensInDocs({ type: "status-changed", status: "busy" });
        await page.getByRole("combobox", { name: "Show runs of" }).waitFor();
        await page.getByText("Fix the shop").first().waitFor();
        assert.deepEqual(await seriousFindings(page), []);
        assert.deepEqual(complaints, []);
        const width = page.viewportSize()?.width ?? 0;
        await page.screenshot({ path: join(testOutput, "screens", `windows-${theme}-${width}.png`) });
      }
    });
  }

  it("hides the filter while there is one window", async () => {
    bridge.share();
    const { page } = await open();
    const filter = page.getByRole("combobox", { name: "Show runs of" });
    assert.equal(await filter.count(), 0);
    bridge.share(windowView("docs"));
    await filter.waitFor();
    assert.deepEqual(await filter.getByRole("option").allInnerTexts(), ["All windows", "This window", "docs"]);
  });

  it("says who shares the address, and who does not respond", async () => {
    bridge.share(windowView("docs"), windowView("api"));
    const { page } = await open();
    await page.getByText("Shares 127.0.0.1:3001 with 2 other windows.").waitFor();
    bridge.share(windowView("docs"), windowView("api", { state: "not-responding" }));
    await page.getByText("api is not responding.").waitFor();
    bridge.share(windowView("docs"));
    await page.getByText("Window left: api").waitFor({ state: "attached" });
    await page.getByText("Shares 127.0.0.1:3001 with 1 other window.").waitFor();
  });

  it("shows the runs of the chosen window, and remembers it", async () => {
    bridge.share(windowView("docs"));
    await bridge.runOwn();
    const dashboard = await open();
    const { page } = dashboard;
    bridge.runInDocs();
    const runs = page.getByRole("article");
    await runs.filter({ hasText: "Write the docs" }).filter({ hasText: "docs" }).waitFor();
    assert.match(await runs.first().innerText(), /Fix the shop/, "those of the own window come first");
    const filter = page.getByRole("combobox", { name: "Show runs of" });
    await filter.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await runs.filter({ hasText: "Fix the shop" }).waitFor({ state: "detached" });
    assert.equal(await runs.count(), 1);
    await dashboard.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await dashboard.hide();
    bridge.happensInDocs({ type: "command-cancelled", executionId: "exec-1-1", how: "cooperative" });
    await dashboard.show();
    await page.getByText("Nothing is running in this window").waitFor();
    assert.equal(await filter.inputValue(), "docs");
    await page.getByRole("button", { name: "Show All Windows" }).click();
    await runs.filter({ hasText: "Fix the shop" }).waitFor();
    assert.equal(await filter.inputValue(), "all");
  });

  it("asks the host for the history and the metrics of the chosen window only", async () => {
    const asked: string[] = [];
    bridge.override({
      listExecutions: async ({ windowId = "all" }) => {
        asked.push(`history ${windowId}`);
        return { executions: [] };
      },
      metrics: (windowId = "all") => {
        asked.push(`metrics ${windowId}`);
        return bridge.core.metrics.snapshot();
      },
    });
    bridge.share(windowView("docs"));
    const { page } = await open(WIDE);
    await page.getByText("No history yet").waitFor();
    await page.getByRole("combobox", { name: "Show runs of" }).selectOption("docs");
    await page.getByText("No history of this window yet").waitFor();
    assert.ok(asked.includes("history docs") && asked.includes("metrics docs"), asked.join());
  });

  it("answers a question of another window, whose name it shows", async () => {
    const answers: InputAnswer[] = [];
    bridge.override({
      answer: (input) => {
        answers.push(input);
        return {};
      },
    });
    bridge.share(windowView("docs"));
    const { page } = await open();
    bridge.runInDocs();
    bridge.happensInDocs({
      type: "user-input-required",
      executionId: "exec-1-1",
      questionId: "question-1",
      prompt: "Overwrite the docs?",
      inputType: "confirmation",
      timeoutMs: 60_000,
    });
    const question = page.getByRole("group", { name: "Question from Write the docs in docs" });
    await question.getByRole("button", { name: "Yes" }).click();
    await page.getByText("Kiro is asking in docs: Overwrite the docs?").waitFor({ state: "attached" });
    assert.deepEqual(answers, [
      { executionId: "exec-1-1", questionId: "question-1", type: "confirmation", value: "yes" },
    ]);
  });

  it("ends the runs of a window that crashed as interrupted", async () => {
    bridge.share(windowView("docs"));
    const { page } = await open();
    bridge.runInDocs();
    await page.getByRole("article").filter({ hasText: "Write the docs" }).waitFor();
    bridge.happensInDocs({
      type: "command-error",
      executionId: "exec-1-1",
      error: "The window has ended.",
      recoverable: true,
      status: "interrupted",
    });
    bridge.share();
    await page.getByText("Nothing is running").waitFor();
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByRole("option", { name: /Write the docs.*The window has ended/s }).waitFor();
  });

  it("says that it is reconnecting, and keeps what it shows", async () => {
    bridge.share(windowView("docs"));
    await bridge.runOwn();
    const { page } = await open();
    await page.getByText("Fix the shop").first().waitFor();
    bridge.changed.fire({ ...bridge.state, isReconnecting: true });
    await page.getByText("Reconnecting to the window that has the address…").waitFor();
    await page.getByText("Fix the shop").first().waitFor();
    await page.screenshot({ path: join(testOutput, "screens", "windows-reconnecting.png") });
  });
});
