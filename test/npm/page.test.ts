import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../support/browser/browser.ts";
import { repositoryRoot } from "../support/editor/paths.ts";
import { startTestBridge, type TestBridge } from "../support/testBridge.ts";
import { installProject, type InstalledProject } from "./installedProject.ts";

const connections = [
  ["an event stream", ""],
  ["a WebSocket", "?socket"],
] as const;

describe("The npm package in a page", function () {
  this.timeout(180_000);
  let project: InstalledProject;
  let server: Server;
  let bridge: TestBridge;
  let browser: Browser;
  let port: number;
  let finish: PromiseWithResolvers<string>;

  before(async () => {
    project = await installProject();
    server = createServer((request, response) => {
      void contentFor(request.url ?? "").then(({ type, body }) =>
        response.writeHead(200, { "Content-Type": type }).end(body),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
    bridge = await startTestBridge({
      guards: { allowedOrigins: [`http://127.0.0.1:${port}`] },
      commands: { "test.wait": () => finish.promise },
    });
    browser = await launchBrowser();
  });
  beforeEach(() => {
    finish = Promise.withResolvers();
  });
  after(async () => {
    await browser?.close();
    await bridge?.dispose();
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    await project?.dispose();
  });

  /** The server of the page, which has the token and hands out tickets. */
  async function contentFor(path: string): Promise<{ readonly type: string; readonly body: string | Uint8Array }> {
    if (path === "/client.js") {
      const body = await readFile(join(project.folder, "node_modules/kiro-bridge/client.js"));
      return { type: "text/javascript", body };
    }
    if (path === "/ticket") {
      const { json } = await bridge.call("/api/kiro/tickets", { method: "POST", body: {} });
      return { type: "application/json", body: JSON.stringify({ url: bridge.server.url, ticket: json["ticket"] }) };
    }
    return { type: "text/html", body: await readFile(join(repositoryRoot, "test/fixtures/npm/page.html")) };
  }

  for (const [name, query] of connections) {
    it(`shows an execution live by ${name}, from an allowed Origin and with a ticket`, async () => {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", ({ message }) => errors.push(message));
      await page.goto(`http://127.0.0.1:${port}/${query}`);
      await page.locator("[data-state=connected]").waitFor({ state: "attached" });
      const answer = bridge.execute({ command: "test.wait" });
      await page.getByText("test.wait: running", { exact: true }).waitFor();
      finish.resolve("hello");
      await page.getByText("completed: hello", { exact: true }).waitFor();
      assert.equal((await answer).status, 200);
      assert.deepEqual(errors, []);
      await page.close();
    });
  }

  for (const [name, query] of connections) {
    it(`sees nothing by ${name} from an Origin that is not allowed`, async () => {
      const page = await browser.newPage();
      await page.goto(`http://localhost:${port}/${query}`);
      await page.locator("[data-state=NETWORK_ERROR]").waitFor({ state: "attached" });
      await page.close();
    });
  }
});
