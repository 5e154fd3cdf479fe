import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { writeShippedDocs } from "../../scripts/shippedDocs.mjs";
import { launchBrowser } from "../support/browser/browser.ts";
import { seriousFindings } from "../support/dashboard/axe.ts";
import { until } from "../support/until.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../support/testBridge.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "./support.ts";

describeInBrowser("The page of the documentation", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let browser: Browser;
  let folder: string;
  let bridge: TestBridge;
  let page: Page;
  const complaints: string[] = [];
  const foreign: string[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "kb-docs-page-"));
    await writeShippedDocs(folder);
    bridge = await startTestBridge({ docsFolder: folder });
    browser = await launchBrowser();
    page = await browser.newPage();
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== bridge.server.url && protocol !== "data:") foreign.push(request.url());
    });
    await page.goto(`${bridge.server.url}/docs`);
  });
  after(async () => {
    await browser?.close();
    await bridge?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const operation = (id: string) => page.locator(`.opblock[id$="-${id}"]`);
  const open = async (id: string): Promise<void> => operation(id).locator(".opblock-summary-control").click();

  /** Tries an operation as the page proposes it. @returns status and body of the answer */
  async function tryOut(id: string): Promise<{ status: string; body: string }> {
    await operation(id).getByRole("button", { name: "Try it out" }).click();
    await operation(id).getByRole("button", { name: "Execute" }).click();
    const live = operation(id).locator(".live-responses-table");
    const status = await live.locator(".response-col_status").last().innerText();
    return { status: status.trim(), body: await live.locator(".microlight, code").first().innerText() };
  }

  it("explains in the 401 what to send", async () => {
    await open("getStatus");
    await operation("getStatus").getByText("Authorization: Bearer <token>", { exact: true }).waitFor();
    assert.equal((await tryOut("getStatus")).status, "401");
  });

  it("calls GET and POST with the token, at its own address", async () => {
    await page.getByRole("button", { name: "Authorize" }).first().click();
    await page.getByRole("textbox", { name: "auth-bearer-value" }).fill(TEST_TOKEN);
    await page.getByRole("button", { name: "Apply credentials" }).click();
    await page.locator(".modal-ux .btn-done").click();
    await operation("getStatus").getByRole("button", { name: "Execute" }).click();
    await operation("getStatus").locator(".live-responses-table").getByText('"queue"').waitFor();
    await open("checkPolicy");
    const { status, body } = await tryOut("checkPolicy");
    assert.equal(status, "200", body);
    assert.match(body, /"allowed"/);
  });

  it("offers a curl line instead of a call for an endless stream", async () => {
    for (const id of ["followEvents", "followExecution"]) {
      await open(id);
      await operation(id)
        .getByText(/curl -N -H/)
        .waitFor();
      assert.equal(await operation(id).getByRole("button", { name: "Try it out" }).count(), 0, id);
    }
  });

  it("names the types of events", async () => {
    const names = ((await page.locator(".models").textContent()) ?? "").toLowerCase();
    for (const title of ["command-started", "command-completed", "events-lost"])
      assert.ok(names.includes(title), names);
  });

  describe("shows live events", () => {
    const events = () => page.locator("#live-events li");
    const status = () => page.locator("#live-status");

    it("with the token, and says what is wrong with another one", async () => {
      await page.locator("#live-token").fill("wrong");
      await page.locator("#live-token").press("Enter");
      await status()
        .getByText(/^Stopped: .+token/)
        .waitFor();
      await page.locator("#live-token").fill(TEST_TOKEN);
      await page.locator("#live-token").press("Enter");
      await events().filter({ hasText: "connection-ready" }).waitFor();
      assert.equal((await bridge.execute({ command: "test.echo", args: ["<b>hello</b>"] })).status, 200);
      await events().filter({ hasText: "command-completed" }).getByText("<b>hello</b>").waitFor();
      await status()
        .getByText(/^Live\./)
        .waitFor();
    });

    it("of one type, and keeps the others", async () => {
      await page.locator("#live-types").selectOption("command-started");
      await events().filter({ hasText: "command-completed" }).waitFor({ state: "detached" });
      assert.equal(await events().count(), 1);
      await page.locator("#live-types").selectOption({ label: "All types" });
      await events().filter({ hasText: "command-completed" }).waitFor();
    });

    it("up to 200 of them", async () => {
      for (let at = 0; at < 70; at++) await bridge.execute({ command: "test.echo", args: [`event ${at}`] });
      await events().filter({ hasText: "event 69" }).first().waitFor();
      await status().getByText("200 of 200 events shown").waitFor();
      assert.equal(await events().count(), 200);
    });

    it("in light and dark colors, for keyboards and screen readers", async () => {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await seriousFindings(page, ".live"), []);
      }
      await page.emulateMedia({ colorScheme: null });
      await page.locator("#live-start").focus();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate("document.activeElement?.id"), "live-log");
    });

    it("until they are stopped", async () => {
      await page.locator("#live-start").click();
      await status()
        .getByText(/^Stopped\. 200/)
        .waitFor();
      await until(() => !bridge.core.clients.list().some(({ kind }) => kind === "sse"), "the stream has ended");
      await page.locator("#live-clear").click();
      await status().getByText("0 of 0 events shown").waitFor();
    });
  });

  // After all that the page has done.
  describe("is safe: it", () => {
    it("sends requests to the bridge alone", () => {
      assert.deepEqual(foreign, []);
    });

    it("breaks no rule of its Content-Security-Policy", () => {
      assert.deepEqual(
        complaints.filter((text) => /Content.Security.Policy/i.test(text)),
        [],
      );
    });
  });
});
