import assert from "node:assert/strict";
import { chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { parse } from "jsonc-parser";
import { launchBrowser } from "../support/browser/browser.ts";
import { execute, waitForDiscovery } from "../support/editor/bridge.ts";
import { EditorWindow } from "../support/editor/editorWindow.ts";
import { testOutput } from "../support/editor/paths.ts";
import { describePeer } from "../support/exports/heavy/describePeer.ts";
import { Container } from "../support/images/container.ts";
import { ImageStore } from "../support/images/imageStore.ts";
import { findImageTools, ImageTools } from "../support/images/imageTools.ts";
import { buildImage } from "../support/images/ourImages.ts";
import { callPublished } from "../support/images/publishedPort.ts";
import { buildCodeServerStandIn } from "../support/images/standIns.ts";
import { freePort } from "../support/programs/freePort.ts";

const TIMEOUT_MS = 900_000;
const START_DEADLINE_MS = 180_000;
const PASSWORD = "a-password-of-the-test";
const HOME = "/home/coder";
const SETTINGS = join(HOME, ".local/share/code-server/Machine/settings.json");
const DISCOVERY = join(HOME, ".kiro-bridge");

const tools = await findImageTools();

describePeer("The image of the editor", tools, (folder) => {
  let store: ImageStore;
  let tag: string;
  let container: Container;
  let port: number;
  let bridgePort: number;
  let browser: Browser;
  let window: EditorWindow | undefined;

  before(async function () {
    this.timeout(TIMEOUT_MS);
    store = await ImageStore.create(new ImageTools(folder));
    await buildCodeServerStandIn(store);
    tag = await buildImage(store, "editor");
    port = await freePort();
    bridgePort = await freePort();
    container = await Container.start({
      store,
      tag,
      env: { PASSWORD, PORT: String(port) },
      ready: /HTTP server listening on/,
      prepare: writeSettings,
    });
    browser = await launchBrowser();
  });

  after(async () => {
    await window?.close();
    await browser?.close();
    await container?.[Symbol.asyncDispose]();
    await store?.[Symbol.asyncDispose]();
  });

  /** Adds a port of the test, and the simulator as Kiro CLI, to the settings of the image. */
  async function writeSettings(made: Container): Promise<void> {
    const file = made.pathOf(SETTINGS);
    const settings: unknown = parse(await readFile(file, "utf8"));
    assert.deepEqual(settings, { "kiroBridge.api.host": "0.0.0.0", "kiroBridge.api.portConflict": "fail" });
    const more = { "kiroBridge.api.port": bridgePort, "kiroBridge.cli.path": "simulator" };
    await writeFile(file, JSON.stringify({ ...settings, ...more }));
    // This process waits for files in it, before the user of the image has made it.
    await mkdir(made.pathOf(DISCOVERY), { mode: 0o700 });
    await chown(made.pathOf(DISCOVERY), 1000, 1000);
  }

  async function signIn(page: Page): Promise<void> {
    await page.locator("input[name=password]").fill(PASSWORD);
    await page.locator("input[type=submit]").click();
  }

  it("runs without privileges, as a user that cannot become root, and cannot write to its root", async () => {
    const { output } = await container.exec(["sh", "-c", "id -u; grep -E '^(CapEff|NoNewPrivs)' /proc/self/status"]);
    assert.deepEqual(output.split(/\s+/), ["1000", "CapEff:", "0000000000000000", "NoNewPrivs:", "1"]);
    const written = await container.exec(["touch", "/opt/kiro-bridge/more"]);
    assert.equal(written.code, 1);
    assert.match(written.output, /Read-only file system/);
    const asRoot = await container.exec(["sudo", "-n", "true"]);
    assert.notEqual(asRoot.code, 0);
  });

  it("does not start without a password", async () => {
    const start = Container.start({ store, tag, env: { PORT: String(await freePort()) }, ready: /listening on/ });
    await assert.rejects(start, /ended with code 1 [\s\S]*password/i);
  });

  it("is reachable through a published port, and asks for the password", async () => {
    const { status, headers } = await callPublished({ port, path: "/" });
    assert.equal(status, 302);
    assert.match(String(headers["location"]), /login/);
  });

  it("answers its health check", async () => {
    const { code, output } = await container.checkHealth();
    assert.deepEqual([code, output], [0, ""]);
    const [, ...command] = container.config.Healthcheck?.Test ?? [];
    const elsewhere = await container.exec(["env", `PORT=${await freePort()}`, ...command]);
    assert.notEqual(elsewhere.code, 0);
  });

  it("starts the bridge when a browser has opened the folder and the user trusts it", async function () {
    this.timeout(TIMEOUT_MS);
    window = await EditorWindow.open(browser, `http://127.0.0.1:${port}/`, { signIn });
    await window.waitForStatusBarItem(/^Kiro Bridge, off/, START_DEADLINE_MS);
    await window.clickStatusBarItem(/^Kiro Bridge/);
    await window.page.getByRole("button", { name: /^Trust$/ }).click({ timeout: START_DEADLINE_MS });
    const found = await waitForDiscovery(container.pathOf(DISCOVERY), START_DEADLINE_MS);
    assert.deepEqual(found.windows[0]?.workspaceFolders, ["/workspace"]);
    assert.equal(new URL(found.url).port, String(bridgePort));
    await window.waitForStatusBarItem(/^Kiro Bridge, on/, START_DEADLINE_MS);
    await window.screenshot(join(testOutput, "screens", "image-editor.png"));
    const { status, body } = await callPublished({ port: bridgePort, path: "/health" });
    assert.equal(status, 200, body);

    const saved = await execute(found, { command: "workbench.action.files.saveAll" });
    assert.equal(saved.status, 200, JSON.stringify(saved.body));
    const chat = await execute(found, { command: "kiro.cli.chat", args: ["Hello"] });
    assert.equal(chat.status, 200, JSON.stringify(chat.body));
  });

  it("lets nobody in without a token, or under another name, through the port of the bridge", async () => {
    const call = { port: bridgePort, path: "/api/kiro/status" };
    assert.equal((await callPublished(call)).status, 401);
    const named = await callPublished({ ...call, headers: { host: `bridge.example:${bridgePort}` } });
    assert.equal(named.status, 403);
  });

  it("ends within ten seconds of SIGTERM", async () => {
    await window?.close();
    assert.equal(await container.stop(), 0);
  });
});
