import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { callPort } from "../../../../support/httpClient.ts";
import { removeFolder, temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../../support/testBridge.ts";

describe("GET /dashboard", () => {
  let folder: string;
  let bridge: TestBridge;

  before(async () => {
    folder = await temporaryFolder();
    await mkdir(join(folder, "webview"));
    await writeFile(join(folder, "webview", "dashboard.js"), "run();");
    await writeFile(join(folder, "webview", "browser.css"), "body {}");
    await writeFile(join(folder, "webview", "codicon.ttf"), Buffer.from([0, 1, 254, 255]));
    await writeFile(join(folder, "webview", "l10n.de.json"), "{}");
    await writeFile(join(folder, "webview", "secret.txt"), "no");
    bridge = await startTestBridge({ docsFolder: folder });
  });
  after(async () => {
    await bridge.dispose();
    await removeFolder(folder);
  });

  const get = (path: string, headers: Record<string, string> = {}) => callPort(bridge.port, path, { headers });

  it("needs no token and has none, in a page that runs its own script only and is in no frame", async () => {
    const { status, headers, text } = await get("/dashboard");
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "text/html; charset=utf-8");
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["cross-origin-opener-policy"], "same-origin");
    const policy = String(headers["content-security-policy"]).split(";").toSorted();
    assert.deepEqual(policy, [
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "font-src 'self'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src 'self' data:",
      "script-src 'self'",
      "style-src 'self'",
    ]);
    assert.doesNotMatch(text, /<script(?![^>]*src=)|<style|style=|\son\w+=|https?:/);
    assert.equal(text.includes(TEST_TOKEN), false);
  });

  it("has its files with their types and the same policy, and no others", async () => {
    const script = await get("/dashboard/dashboard.js");
    assert.equal(script.text, "run();");
    assert.equal(script.headers["content-type"], "text/javascript; charset=utf-8");
    assert.match(String(script.headers["content-security-policy"]), /default-src 'none'/);
    assert.equal((await get("/dashboard/browser.css")).headers["content-type"], "text/css; charset=utf-8");
    assert.equal((await get("/dashboard/codicon.ttf")).headers["content-type"], "font/ttf");
    assert.equal((await get("/dashboard/l10n.de.json")).headers["content-type"], "application/json; charset=utf-8");
    const others = ["secret.txt", "..%2Fpackage.json", "%2e%2e", "Dashboard.js", "socket", "markdown.js"];
    for (const name of others) assert.equal((await get(`/dashboard/${name}`)).status, 404, name);
  });

  it("is refused to other hosts, other websites and other methods", async () => {
    assert.equal((await get("/dashboard", { Host: "evil.example" })).status, 403);
    assert.equal((await get("/dashboard", { Origin: "https://evil.example" })).status, 403);
    assert.equal((await get("/dashboard/dashboard.js", { "Sec-Fetch-Site": "cross-site" })).status, 403);
    assert.equal((await bridge.call("/dashboard", { method: "POST" })).status, 404);
    assert.equal((await callPort(bridge.port, "/dashboard", { method: "POST" })).status, 401);
  });
});
