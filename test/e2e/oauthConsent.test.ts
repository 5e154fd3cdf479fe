import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { Browser, Page } from "playwright-core";
import { editorUser } from "../../src/core/access/principal.ts";
import { launchBrowser } from "../support/browser/browser.ts";
import { callPort, portOf } from "../support/httpClient.ts";
import { startTestBridge, type TestBridge } from "../support/testBridge.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "./support.ts";

const VERIFIER = "x".repeat(43);

describeInBrowser("The page of an OAuth authorization", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let browser: Browser;
  let bridge: TestBridge;
  /** The program that waits for the browser, and a website. */
  let program: Server;
  let page: Page;
  let address: string;
  const complaints: string[] = [];

  const own = (path: string): string => `http://127.0.0.1:${portOf(program)}${path}`;

  before(async () => {
    bridge = await startTestBridge();
    program = createServer((request, response) => {
      response.setHeader("Content-Type", "text/html");
      const isWebsite = request.url?.startsWith("/website") === true;
      response.end(isWebsite ? `<a href="${address}">link</a><iframe src="${address}"></iframe>` : "You can go back.");
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    program.listen(0, "127.0.0.1", resolve);
    await promise;
    const body = { client_name: "A browser's program", redirect_uris: [own("/callback")] };
    const { json } = await callPort(bridge.port, "/oauth/register", { body });
    const query = new URLSearchParams({
      response_type: "code",
      client_id: String(json["client_id"]),
      redirect_uri: own("/callback"),
      code_challenge: hash("sha256", VERIFIER, "base64url"),
      code_challenge_method: "S256",
      state: "the state",
    });
    address = `${bridge.server.url}/oauth/authorize?${query.toString()}`;
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    complaints.splice(0);
    page = await browser.newPage();
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  });
  afterEach(() => page.close());
  after(async () => {
    await browser?.close();
    program?.closeAllConnections();
    program?.close();
    await bridge?.dispose();
  });

  it("shows the code of the editor, and continues to the program when the user has decided there", async () => {
    const { pairings } = bridge.core.access;
    await page.goto(address);
    const [request] = pairings.pending;
    assert.equal(await page.locator("code").first().innerText(), request?.code);
    assert.equal(await page.getByText("A browser's program").isVisible(), true);
    assert.equal(await page.evaluate("getComputedStyle(document.querySelector('code')).fontSize"), "32px");
    // The page waits for the response to its reload.
    await page.waitForRequest(/\/oauth\/consent\//);
    assert.equal(pairings.pending.length, 1);
    pairings.decide(request?.id ?? "", { decision: "allow" }, editorUser);
    await page.waitForURL((url) => url.pathname === "/callback");
    const { searchParams } = new URL(page.url());
    assert.deepEqual([searchParams.get("state"), searchParams.get("iss")], ["the state", bridge.server.url]);
    assert.ok(searchParams.has("code"));
    assert.deepEqual(complaints, []);
  });

  it("does not open from a website, by a link or in a frame", async () => {
    const refused = page.waitForResponse(/\/oauth\/authorize/);
    await page.goto(own("/website"));
    assert.equal((await refused).status(), 403);
    const followed = page.waitForResponse(/\/oauth\/authorize/);
    await page.getByRole("link").click();
    assert.equal((await followed).status(), 403);
    assert.deepEqual(bridge.core.access.pairings.pending, []);
  });
});
