import { ownerProgram } from "../../../src/core/access/principal.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { seriousFindings } from "../../support/dashboard/axe.ts";
import { DashboardPage, type DashboardPageOptions } from "../../support/dashboard/dashboardPage.ts";
import { fillDemo } from "../../support/dashboard/demo.ts";
import { FakeBridge } from "../../support/dashboard/fakeBridge.ts";
import { themeNames } from "../../support/dashboard/themes.ts";
import { fillHistory, measureUpdates, readWholeHistory, watchChanges } from "../../support/dashboard/updateCost.ts";
import { launchBrowser } from "../../support/browser/browser.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "../support.ts";

const WIDE = { place: "panel", width: 1280, height: 800 } as const;
const ROWS = 10_000;
/** Longer than a host may take to answer. */
const LOST_MS = 20_000;

/** Clicks where the pointer is. @param count 2: the second click of a double click */
async function click(page: Page, count: number): Promise<void> {
  await page.mouse.down({ clickCount: count });
  await page.mouse.up({ clickCount: count });
}

describeInBrowser("The dashboard's page, built as it is shipped", function () {
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

  async function openDemo(options: DashboardPageOptions = {}): Promise<DashboardPage> {
    const bridge = new FakeBridge();
    await fillDemo(bridge);
    return open({ ...options, bridge });
  }

  for (const theme of themeNames) {
    it(`is accessible and keeps to its policy, narrow and wide: ${theme}`, async () => {
      const narrow = await openDemo({ theme });
      for (const tab of ["Now", "History", "Activity", "Plugins", "Clients"]) {
        await narrow.page.getByRole("tab", { name: tab }).click();
        assert.deepEqual(await seriousFindings(narrow.page), [], tab);
      }
      const wide = await openDemo({ ...WIDE, theme });
      await wide.page.getByRole("option", { name: "doesNotExist" }).click();
      await wide.page.getByText("COMMAND_EXECUTION_FAILED").waitFor();
      await wide.page.locator("kiro-chart canvas").last().waitFor();
      assert.deepEqual(await seriousFindings(wide.page), []);
      assert.deepEqual([...narrow.complaints, ...wide.complaints], []);
      await wide.page.screenshot({ path: join(testOutput, "screens", `page-${theme}.png`) });
    });
  }

  it("shows a lost connection, stops its clocks and disables its buttons until a host answers", async () => {
    const dashboard = await openDemo();
    const { page } = dashboard;
    await page.clock.install();
    await dashboard.show();
    const run = page.getByRole("article").first();
    const elapsed = run.locator(".number").first();
    await elapsed.waitFor();
    dashboard.loseHost();
    await page.clock.runFor(LOST_MS);
    const alert = page.getByRole("alert").filter({ hasText: "Connection lost" });
    await alert.waitFor();
    await page.screenshot({ path: join(testOutput, "screens", "page-lost.png") });
    const stopped = await elapsed.innerText();
    const cancel = page.getByRole("button", { name: /^Cancel / }).first();
    await assert.rejects(cancel.click({ trial: true, timeout: 1000 }), /inert/);
    await page.clock.runFor(60_000);
    assert.equal(await elapsed.innerText(), stopped);
    dashboard.findHost();
    await page.clock.runFor(LOST_MS);
    await alert.waitFor({ state: "detached" });
    await cancel.click({ trial: true });
    await page.clock.runFor(60_000);
    assert.notEqual(await elapsed.innerText(), stopped);
  });

  it("shows all numbers by command when expanded", async () => {
    const { page } = await openDemo(WIDE);
    await page.getByText("All metrics since the bridge started").click();
    await page.screenshot({ path: join(testOutput, "screens", "page-numbers.png") });
    const table = page.getByRole("table", { name: "By command" });
    await table.getByRole("rowheader", { name: "kiro.cli.chat" }).waitFor();
    assert.match(await table.innerText(), /Name\s+Runs\s+Failed\s+p50\s+p95/);
    assert.deepEqual(await seriousFindings(page), []);
    await page.screenshot({ path: join(testOutput, "screens", "page-numbers.png") });
  });

  it("renders the visible thirty rows of ten thousand, and all of them when scrolled", async () => {
    const bridge = new FakeBridge();
    fillHistory(bridge, ROWS);
    const dashboard = await open({ ...WIDE, bridge });
    await readWholeHistory(dashboard, ROWS);
    const { page } = dashboard;
    await page.getByRole("option", { name: "number 1", exact: false }).last().waitFor();
    assert.ok((await page.locator("kiro-list [role=option]").count()) < 60);
    await page.keyboard.press("Home");
    await page.getByRole("option", { name: `number ${ROWS}` }).waitFor();
  });

  // `npm run bench` measures what an update costs.
  it("changes no more of the page for an update of ten thousand rows than for one of a hundred", async () => {
    const changes: number[] = [];
    for (const rows of [100, ROWS]) {
      const bridge = new FakeBridge();
      fillHistory(bridge, rows);
      const dashboard = await open({ ...WIDE, bridge });
      await readWholeHistory(dashboard, rows);
      await watchChanges(dashboard);
      changes.push((await measureUpdates(dashboard, 20)).changes);
    }
    const [few = 0, many = 0] = changes;
    assert.ok(few > 0);
    assert.ok(many <= few * 1.1, `${many} changes instead of ${few}`);
  });

  it("can be used by keys alone: tabs, list, detail, back", async () => {
    const { page } = await openDemo();
    await page.getByRole("tab", { name: "Now" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("listbox", { name: "History" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByText("KIRO_UNAVAILABLE").waitFor();
    await page.getByRole("button", { name: "Back to the list" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("listbox", { name: "History" }).waitFor();
  });

  it("runs a run again, shows who asked for it, and copies its output and its request", async () => {
    const bridge = new FakeBridge();
    await bridge.core.catalog.refresh();
    const request = { command: "echo", args: ["a note"] };
    const { id, settled } = await bridge.core.dispatcher.submit(request, {
      ...ownerProgram,
      program: "release-bot/2.1",
    });
    await settled;
    const { page, editorActions } = await open({ ...WIDE, bridge });
    await page.getByRole("option", { name: "echo" }).click();
    await page.getByText("release-bot/2.1").waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByRole("button", { name: "Copy Output" }).click();
    await page.locator("kiro-detail").getByRole("button", { name: "Copy as curl" }).click();
    await page.getByRole("button", { name: "Run Again" }).click();
    await page.getByText("The user, in the editor").waitFor();
    const [output, curl = ""] = editorActions.done;
    assert.equal(output, "copy: a note");
    assert.match(curl, /^copy: .*"a note"/);
    assert.ok([...bridge.core.executions.all.keys()].some((other) => other !== id));
    await page.screenshot({ path: join(testOutput, "screens", "page-run.png") });
  });

  it("cancels all runs at once, and shows the place of each in its own queue", async () => {
    const { page, bridge, editorActions } = await openDemo(WIDE);
    await page.getByText("next in queue").waitFor();
    await page.getByText("2 in queue").waitFor();
    await page.getByRole("button", { name: "Cancel All…" }).click();
    await page.getByText("Nothing is running").waitFor();
    assert.deepEqual(editorActions.done, ["Cancel all 4 runs?"]);
    assert.equal(bridge.core.executions.active.size, 0);
  });

  it("shows what looks like markup as text", async () => {
    const bridge = new FakeBridge();
    const evil = `<img src=x onerror="window.isBroken=1">\u001b[31m<b>red</b>`;
    bridge.agent.turn = async (_task, context) => {
      context.output(evil);
      await context.ask({ prompt: evil, inputType: "text", safeAnswer: "no" });
      return { kind: "completed" };
    };
    await bridge.core.dispatcher.submit({ command: "kiro.cli.chat", args: [evil] });
    const { page, complaints, evaluate } = await open({ bridge });
    await page.getByText("<b>red</b>").first().waitFor();
    await page.locator("kiro-output .fg-1").waitFor();
    assert.equal(await evaluate("window.isBroken"), undefined);
    assert.deepEqual(complaints, []);
  });

  it("answers text questions, one after the other", async () => {
    const bridge = new FakeBridge();
    bridge.agent.turn = async (_task, context) => {
      const ask = (prompt: string) => context.ask({ prompt, inputType: "text", safeAnswer: "nobody" });
      return { kind: "completed", output: `${await ask("Your name?")} ${await ask("And then?")}` };
    };
    await bridge.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Greet me"] });
    const { page } = await open({ bridge });
    await page.getByRole("textbox", { name: "Your name?" }).fill("Ada");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "And then?" }).fill("Lovelace");
    await page.keyboard.press("Enter");
    await page.getByText("Nothing is running").waitFor();
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByRole("option", { name: "Ada Lovelace" }).waitFor();
  });

  it("does not treat a double click as the answer to two questions", async () => {
    const bridge = new FakeBridge();
    const answers: string[] = [];
    bridge.agent.turn = async (_task, context) => {
      const ask = (prompt: string) =>
        context.ask({ prompt, inputType: "choice", choices: ["Yes", "No"], safeAnswer: "No" });
      for (const prompt of ["Read it?", "Delete it?"]) answers.push(await ask(prompt));
      return { kind: "completed" };
    };
    await bridge.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Tidy up"] });
    const { page } = await open({ bridge });
    await page.getByRole("button", { name: "Yes" }).hover();
    await click(page, 1);
    await page.getByText("Delete it?", { exact: true }).waitFor();
    await click(page, 2);
    await page.getByRole("button", { name: "No", exact: true }).click();
    await page.getByText("Nothing is running").waitFor();
    assert.deepEqual(answers, ["Yes", "No"]);
  });

  it("shows what to do when the bridge is off, and follows its start", async () => {
    const { page, bridge, editorActions } = await open();
    bridge.switchOff("You stopped it.");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    assert.deepEqual(editorActions.done, ["start"]);
    bridge.switchOn();
    await page.getByRole("button", { name: "Copy as curl" }).last().waitFor();
    await page.getByRole("switch", { name: "Bridge server", checked: true }).waitFor();
  });

  it("is where it was after it was hidden: tab, search, selection", async () => {
    const dashboard = await openDemo();
    const { page } = dashboard;
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByRole("searchbox").fill("overloaded");
    await page.locator('[role=option][aria-setsize="1"]').click();
    await page.getByText("KIRO_UNAVAILABLE").waitFor();
    await dashboard.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await dashboard.hide();
    await dashboard.show();
    await page.getByText("KIRO_UNAVAILABLE").waitFor();
    await page.getByRole("button", { name: "Back to the list" }).click();
    assert.equal(await page.getByRole("searchbox").inputValue(), "overloaded");
    assert.equal(await page.locator("kiro-list [role=option]").count(), 1);
  });

  it("shows what went wrong, and lets it be dismissed", async () => {
    const { page, bridge } = await openDemo();
    bridge.override({ disconnect: () => false });
    await page.getByRole("tab", { name: "Clients" }).click();
    await page.getByRole("button", { name: "Disconnect curl" }).click();
    await page.getByRole("alert").getByText("This client is no longer connected.").waitFor();
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
  });
});
