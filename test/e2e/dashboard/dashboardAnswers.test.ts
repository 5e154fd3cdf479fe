import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { seriousFindings } from "../../support/dashboard/axe.ts";
import { DashboardPage } from "../../support/dashboard/dashboardPage.ts";
import { FakeBridge } from "../../support/dashboard/fakeBridge.ts";
import { launchBrowser } from "../../support/browser/browser.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "../support.ts";

const WIDE = { place: "panel", width: 1280, height: 800 } as const;

describeInBrowser("An answer in the dashboard's page", function () {
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

  async function open(bridge: FakeBridge): Promise<DashboardPage> {
    const page = await DashboardPage.open(browser, { ...WIDE, bridge });
    opened.push(page);
    return page;
  }

  it("shows an answer as Markdown: nothing of it is HTML, loaded, or a link that lies", async () => {
    const bridge = new FakeBridge();
    const evil = [
      "# Title",
      `<img src=x onerror="window.isBroken=1"><script>window.isBroken=1</script>`,
      "[your bank](https://evil.example/login) [run](javascript:window.isBroken=1) ![p](https://evil.example/p.png)",
      "![d](data:image/svg+xml;base64,PHN2Zy8+)",
      "```ts\nconst one = 1;\n```",
      "[".repeat(1000),
      `${"> ".repeat(500)}deep`,
      "|a|b|\n|-|-|\n|1|2|",
      "- [x] done",
    ].join("\n\n");
    bridge.agent.turn = async (_task, context) => {
      context.output(evil);
      return { kind: "completed" };
    };
    await (await bridge.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Hi"] })).settled;
    const { page, complaints, evaluate, editorActions } = await open(bridge);
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await page.getByRole("option", { name: "Hi" }).click();
    await page.getByRole("heading", { name: "Title" }).waitFor();
    await page.getByText("(evil.example)").first().waitFor();
    assert.deepEqual(
      await page.locator("kiro-output a").evaluateAll((found) => found.map((link) => link.getAttribute("href"))),
      ["https://evil.example/login", "https://evil.example/p.png"],
    );
    assert.equal(await page.locator("kiro-output img, kiro-output script").count(), 0);
    await page.locator("kiro-output").getByText("<script>window.isBroken=1</script>").waitFor();
    await page.getByRole("button", { name: "Copy code" }).click();
    await page.locator("kiro-output table").waitFor();
    assert.deepEqual(editorActions.done, ["copy: const one = 1;"]);
    assert.deepEqual(await seriousFindings(page), []);
    assert.deepEqual([await evaluate("window.isBroken"), complaints], [undefined, []]);
    assert.deepEqual(
      requests.filter((url) => url.includes("evil.example")),
      [],
    );
    await page.screenshot({ path: join(testOutput, "screens", "page-markdown.png") });
  });

  it("shows the changes of files that a tool made, with signs for added and removed lines", async () => {
    const bridge = new FakeBridge();
    bridge.agent.turn = async (_task, context) => {
      const diffs = [{ path: "/work/lane.ts", oldText: "one\ntwo\n", newText: "one\n<b>2</b>\n" }];
      context.toolCall({ toolCallId: "1", title: "Edit", kind: "edit", status: "completed", diffs });
      return { kind: "completed" };
    };
    await (await bridge.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Hi"] })).settled;
    const { page, complaints } = await open(bridge);
    await page.getByRole("option", { name: "Hi" }).click();
    await page.getByText("/work/lane.ts").click();
    const changes = page.getByRole("region", { name: "Changes to /work/lane.ts" });
    assert.deepEqual((await changes.innerText()).split("\n"), ["  one", "- two", "+ <b>2</b>"]);
    assert.deepEqual(await seriousFindings(page), []);
    assert.deepEqual(complaints, []);
    await page.screenshot({ path: join(testOutput, "screens", "page-diff.png") });
  });

  it("shows an answer of any length at once: what is too long to be parsed is text", async () => {
    const bridge = new FakeBridge();
    bridge.agent.turn = async (_task, context) => {
      context.output(`${"[".repeat(100_000)} the end`);
      return { kind: "completed" };
    };
    await (await bridge.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Hi"] })).settled;
    const { page } = await open(bridge);
    await page.getByRole("option", { name: "Hi" }).click();
    await page.locator("kiro-detail kiro-output").getByText("the end").waitFor();
  });
});
