import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { editorUser } from "../../../src/core/access/principal.ts";
import { launchBrowser } from "../../support/browser/browser.ts";
import { BrowserPage, pageOptions, startPageBridge } from "../../support/dashboard/browserPage.ts";
import { FakeAgent } from "../../support/fakePorts.ts";
import { MemoryAccess } from "../../support/memoryAccess.ts";
import { TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";
import { startLinkedBridges } from "../../support/windows/linkedBridges.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "../support.ts";

describeInBrowser("The dashboard in a browser", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let browser: Browser;
  let bridge: TestBridge;
  let agent: FakeAgent;
  const pages: BrowserPage[] = [];

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    agent = new FakeAgent();
    bridge = await startPageBridge({ agent });
    await bridge.core.catalog.refresh();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
    await bridge.dispose();
  });

  async function open(options?: Parameters<typeof BrowserPage.open>[2], url = bridge.server.url): Promise<BrowserPage> {
    const page = await BrowserPage.open(browser, url, options);
    pages.push(page);
    return page;
  }

  async function openPaired(choice?: string): Promise<BrowserPage> {
    const opened = await open();
    await opened.pair(bridge, choice);
    return opened;
  }

  it("asks for access with a code, and shows what runs when it was allowed", async () => {
    const opened = await openPaired();
    const { page } = opened;
    await page.getByText("Dashboard in a browser", { exact: true }).first().waitFor();
    let finish = (): void => undefined;
    agent.turn = (_task, context) =>
      new Promise((resolve) => {
        context.output("half an answer");
        finish = () => resolve({ kind: "completed", output: "half an answer, and the rest" });
      });
    const execution = await bridge.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Tell me"] });
    await page.getByText("half an answer").first().waitFor();
    finish();
    await execution.settled;
    await page.locator("kiro-history").getByText("Tell me").first().click();
    await page.locator("kiro-detail").getByText("half an answer, and the rest").first().waitFor();
    assert.deepEqual(opened.complaints, []);
    assert.deepEqual(opened.foreign, []);
    assert.equal((await page.content()).includes(TEST_TOKEN), false);
    assert.equal(page.url(), `${bridge.server.url}/dashboard`);
  });

  it("says when it was denied, and asks again", async () => {
    const { page } = await open();
    const { pairings } = bridge.core.access;
    const ask = page.getByRole("button", { name: "Ask for Access" });
    await ask.click();
    await page.getByText(/kiro-bridge access approve [A-Z2-9]{4}-[A-Z2-9]{4}/).waitFor();
    const [request] = pairings.pending;
    assert.ok(request !== undefined);
    await page.reload();
    await page.getByText(request.code, { exact: true }).first().waitFor();
    pairings.decide(request.id, { decision: "deny" }, editorUser);
    await page.getByRole("alert").getByText("The request was denied.").waitFor();
    await ask.click();
    await until(() => pairings.pending.length === 1);
    await page.getByRole("button", { name: "Cancel" }).click();
    for (const name of ["One", "Two"]) pairings.ask({ name, scopes: ["status:read"] });
    await ask.click();
    await page.getByRole("alert").getByText("3 programs already wait").waitFor();
  });

  it("runs, answers and cancels as its client, and asks before what cannot be undone", async () => {
    const { page } = await openPaired("Everything, and decide who has access");
    await page.getByRole("button", { name: "Ask Kiro CLI…" }).click();
    await page.getByRole("textbox", { name: "Prompt" }).fill("What is new?");
    agent.turn = async (_task, context) => {
      const answer = await context.ask({ prompt: "May I?", inputType: "confirmation", safeAnswer: "no" });
      return { kind: "completed", output: `answered ${JSON.stringify(answer)}` };
    };
    await page.getByRole("dialog").getByRole("button", { name: "Ask" }).click();
    await page.getByRole("group", { name: /Question from/ }).waitFor();
    const [execution] = bridge.core.executions.active;
    assert.equal(execution?.requestedBy?.principal?.name, "Dashboard in a browser");
    await page.getByRole("button", { name: "Yes" }).click();
    await execution?.settled;
    await page.locator("kiro-history").getByText("What is new?").first().click();
    await page.getByRole("button", { name: "Run Again" }).click();
    await page.getByRole("group", { name: /Question from/ }).waitFor();
    await page
      .getByRole("button", { name: /^Cancel / })
      .first()
      .click();
    await until(() => [...bridge.core.executions.active].length === 0);
    await page.getByRole("button", { name: "Clear the history" }).click();
    const dialog = page.getByRole("dialog", { name: "Clear the Kiro Bridge history?" });
    await dialog.getByRole("button", { name: "Cancel" }).click();
    assert.equal(bridge.core.executions.all.size, 2);
    await page.getByRole("button", { name: "Clear the history" }).click();
    await dialog.getByRole("button", { name: "Clear History" }).click();
    await page.getByText("No history yet").waitFor();
    assert.equal(bridge.core.executions.all.size, 0);
  });

  it("copies, shows, saves and opens texts in place of the editor", async () => {
    const { page } = await openPaired();
    const { id, settled } = await bridge.core.dispatcher.submit({ command: "test.echo", args: ["a text to copy"] });
    await settled;
    await page.locator("kiro-history").getByText("test.echo").first().click();
    await page.getByRole("button", { name: "Copy Output" }).click();
    await page.getByText("Output copied to the clipboard.").waitFor();
    assert.match(await page.evaluate<string>("navigator.clipboard.readText()"), /a text to copy/);
    await page.getByRole("button", { name: "Open the full output" }).click();
    await page.getByRole("dialog", { name: "Output" }).getByText("a text to copy").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Copy as curl" }).first().click();
    await page.getByText(/Set TOKEN to your token/).waitFor();
    const curl = await page.evaluate<string>("navigator.clipboard.readText()");
    assert.ok(curl.includes(`${bridge.server.url}/api/kiro/execute`) && !curl.includes(TEST_TOKEN), curl);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export run…" }).click(),
    ]);
    const file = await download.path();
    assert.equal(download.suggestedFilename(), `${id}.json`);
    assert.match(await readFile(file, "utf8"), /"kiro-bridge-run"/);
    await page.getByRole("button", { name: "Back to the list" }).click();
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "Open a run" }).click(),
    ]);
    await chooser.setFiles(file);
    await page.getByText("Imported").waitFor();
  });

  it("leaves out what its client may not do, and says what is missing", async () => {
    const { page, complaints } = await openPaired("See what runs");
    agent.turn = async (_task, context) => {
      await context.ask({ prompt: "May I?", inputType: "confirmation", safeAnswer: "no" });
      return { kind: "completed", output: "" };
    };
    await bridge.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Tell me"] });
    await page.getByText(/does not include: answer Kiro's questions/).waitFor();
    for (const name of ["Yes", /^Cancel /, "Clear the history", "Restart the bridge", "Copy token", "Create Token…"])
      assert.equal(await page.getByRole("button", { name }).count(), 0, String(name));
    assert.equal(await page.getByRole("switch").count(), 0);
    await page.getByText("What is missing").click();
    await page.getByText(/In the editor only: start, stop/).waitFor();
    await page.getByText(/Not included in the access of this page: run .*\(commands:run\)/).waitFor();
    assert.deepEqual(complaints, []);
  });

  it("asks again when its access was revoked, and shows nothing of before", async () => {
    const { page } = await openPaired();
    await bridge.core.dispatcher.submit({ command: "test.echo", args: ["a secret of before"] });
    await page.locator("kiro-history").getByText("test.echo").first().waitFor();
    const { store } = bridge.core.access;
    const [client] = store.list();
    await store.revoke(client?.id ?? "", editorUser);
    await page.getByRole("alert").getByText("was revoked or has expired").waitFor();
    assert.equal(await page.locator("kiro-history").isVisible(), false);
    const kept = await page.evaluate<string>("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])");
    assert.equal(kept, "[{},{}]");
    const opened = pages.at(-1);
    await opened?.pair(bridge, "See what runs");
    assert.equal(store.list()[0]?.scopes.includes("commands:run"), false);
  });

  it("is live again after the bridge was restarted at its address, without asking again", async () => {
    const accessStorage = new MemoryAccess();
    const first = await startPageBridge({ accessStorage });
    const { port } = first;
    const opened = await open({}, first.server.url);
    await opened.pair(first);
    const { page } = opened;
    await first.dispose();
    await page.getByRole("alert").getByText("Connection lost.").waitFor();
    await page.locator("kiro-dashboard[inert]").waitFor();
    const second = await startPageBridge({ accessStorage, listen: { port } });
    try {
      await opened.shows();
      const { settled } = await second.core.dispatcher.submit({ command: "test.echo", args: ["after"] });
      await settled;
      await page.locator("kiro-history").getByText("test.echo").first().waitFor();
      assert.equal(second.core.access.store.list().length, 1);
    } finally {
      await page.close();
      await second.dispose();
    }
  });

  it("shows the runs of another window at its address, and cancels there as its client", async () => {
    const bridges = await startLinkedBridges({ owner: pageOptions({ agent }), member: { agent } });
    try {
      const opened = await open({}, bridges.owner.server.url);
      const { page } = opened;
      await opened.pair(bridges.owner);
      agent.turn = (_task, { signal }) =>
        new Promise((resolve) =>
          signal.addEventListener("abort", () => resolve({ kind: "cancelled", how: "cooperative" })),
        );
      const execution = await bridges.member.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Elsewhere"] });
      await page
        .getByRole("article", { name: "Elsewhere" })
        .getByRole("button", { name: /^Cancel / })
        .click();
      await execution.settled;
      assert.equal(execution.status, "cancelled");
      await page.close();
    } finally {
      await bridges.dispose();
    }
  });

  it("has an access for each tab, or one for all tabs until it is forgotten", async () => {
    const { url } = bridge.server;
    const first = await openPaired();
    const other = await BrowserPage.openTab(first.context, url);
    await other.page.getByRole("button", { name: "Ask for Access" }).waitFor();
    await other.pair(bridge, undefined, true);
    const third = await BrowserPage.openTab(first.context, url);
    await third.shows();
    assert.equal(bridge.core.access.store.list().length, 2);
    await third.page.getByRole("button", { name: "Forget This Browser" }).click();
    await third.page.getByRole("button", { name: "Ask for Access" }).waitFor();
    await other.page.getByRole("button", { name: "Ask for Access" }).waitFor();
    await until(() => bridge.core.access.store.list().length === 1, "the access was ended in the bridge");
    await first.shows();
  });

  it("needs no access where no token is required, and says what it needs instead", async () => {
    const free = await startPageBridge({ guards: { authMode: "none" } });
    try {
      const opened = await open({}, free.server.url);
      await opened.page.getByText(`add ${free.server.url} there`).waitFor();
      free.server.reconfigure({
        authMode: "none",
        allowedHosts: [],
        allowedOrigins: [free.server.url],
        maxRequestsPerMinute: 0,
      });
      await opened.page.getByRole("button", { name: "Try Again" }).click();
      await opened.shows();
      await opened.page.getByText("No access is needed").waitFor();
      await opened.page.close();
    } finally {
      await free.dispose();
    }
  });
});
