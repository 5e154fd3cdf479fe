import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { editorUser } from "../../src/core/access/principal.ts";
import { launchBrowser } from "../support/browser/browser.ts";
import { repositoryRoot } from "../support/editor/paths.ts";
import { portOf } from "../support/httpClient.ts";
import { startTestBridge, type TestBridge } from "../support/testBridge.ts";
import { until } from "../support/until.ts";
import { installProject, type InstalledProject } from "./installedProject.ts";

const example = join(repositoryRoot, "examples/live-page");
const types: Readonly<Record<string, string>> = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript" };

describe("examples/live-page", function () {
  this.timeout(180_000);
  let project: InstalledProject;
  let server: Server;
  let bridge: TestBridge;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];
  const finish = Promise.withResolvers<string>();

  before(async () => {
    project = await installProject();
    server = createServer((request, response) => {
      const path = request.url === "/" ? "/index.html" : (request.url ?? "");
      const folder = path.startsWith("/node_modules/") ? project.folder : example;
      readFile(join(folder, path)).then(
        (body) => response.writeHead(200, { "Content-Type": types[extname(path)] ?? "text/plain" }).end(body),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    bridge = await startTestBridge({
      guards: { allowedOrigins: [`http://127.0.0.1:${portOf(server)}`] },
      commands: { "test.wait": () => finish.promise },
    });
    browser = await launchBrowser();
    page = await browser.newPage();
    page.on("pageerror", ({ message }) => errors.push(message));
    await page.goto(`http://127.0.0.1:${portOf(server)}`);
  });

  after(async () => {
    await browser?.close();
    await bridge?.dispose();
    await new Promise((resolve) => server?.close(resolve));
    await project?.dispose();
  });

  it("shows the code that the user compares, and connects when the user allows it", async () => {
    await bridge.execute({ command: "test.echo", args: ["before the page"] });
    const { pairings } = bridge.core.access;
    await page.getByLabel("Bridge").fill(bridge.server.url);
    await page.getByRole("button", { name: "Connect" }).click();
    await until(() => pairings.pending.length === 1);
    const [request] = pairings.pending;
    await page
      .getByRole("status")
      .getByText(request?.code ?? "")
      .waitFor();
    assert.deepEqual(request?.scopes, ["status:read", "events:read", "history:read"]);
    pairings.decide(request?.id ?? "", { decision: "allow" }, editorUser);
    await page.getByText(`Connected to ${bridge.server.url}.`).waitFor();
    await page.getByRole("cell", { name: "before the page", exact: true }).waitFor();
  });

  it("shows an execution while it runs, and its end, also after a lost connection", async () => {
    const row = page.getByRole("row", { name: /^test\.wait/ });
    const answer = bridge.execute({ command: "test.wait" });
    await row.getByText("running").waitFor();
    const { clients } = bridge.core;
    for (const { id } of clients.list()) clients.disconnect(id);
    await until(() => clients.size === 0);
    finish.resolve("<b>hello</b>");
    await answer;
    await row.getByText("completed").waitFor();
    await row.getByText("<b>hello</b>", { exact: true }).waitFor();
    assert.equal(await row.count(), 1);
  });

  it("forgets its token when the access is revoked", async () => {
    const { store } = bridge.core.access;
    for (const { id } of store.list()) await store.revoke(id, editorUser);
    await page.getByRole("status").getByText("AUTHENTICATION_FAILED").waitFor();
    assert.equal(await page.evaluate("sessionStorage.length"), 0);
    assert.deepEqual(errors, []);
  });
});
