import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { silentLogger } from "../../../../src/base/logger.ts";
import { ClientRegistry } from "../../../../src/server/clients.ts";
import { errorHandler } from "../../../../src/server/http/errorHandler.ts";
import { gate } from "../../../../src/server/http/gate.ts";
import { Guards } from "../../../../src/server/guards/guards.ts";
import { soleOwner } from "../../../../src/server/listen/ownership.ts";
import { Readiness } from "../../../../src/server/listen/readiness.ts";
import { nothingThere } from "../../../../src/server/http/resource.ts";
import { addApiDocs } from "../../../../src/server/routes/apiDocs.ts";
import { writeShippedDocs } from "../../../../scripts/shippedDocs.mjs";
import { type Answer, type Call, callPort } from "../../../support/httpClient.ts";

const assets = [
  "/docs/swagger-ui-bundle.js",
  "/docs/swagger-ui.css",
  "/docs/init.js",
  "/docs/live.js",
  "/docs/live.css",
];

/** The routes alone, behind the real guards. */
async function serve(
  folder: string,
): Promise<{ server: Server; call: (path: string, call?: Call) => Promise<Answer> }> {
  const guards = new Guards({ authMode: "token", token: "secret", allowedHosts: [], allowedOrigins: [] });
  const readiness = new Readiness();
  const app = express();
  const first = gate({ guards, readiness, clients: new ClientRegistry(), ownership: soleOwner });
  app.use((request, response, next) => first(request, response, next, next));
  addApiDocs(app, folder);
  app.use(nothingThere);
  app.use(errorHandler(silentLogger));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const { port } = address;
  guards.listensAt("127.0.0.1", port);
  readiness.open();
  return { server, call: (path, call) => callPort(port, path, call) };
}

describe("The documentation", () => {
  let folder: string;
  let server: Server;
  let call: (path: string, call?: Call) => Promise<Answer>;

  before(async () => {
    // Extensions live in a folder whose name begins with a dot, which some file servers refuse.
    folder = await mkdtemp(join(tmpdir(), ".kb-docs-"));
    await writeShippedDocs(folder);
    ({ server, call } = await serve(folder));
  });

  after(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("serves the OpenAPI document without a token", async () => {
    const { status, headers, json } = await call("/openapi.json");
    assert.equal(status, 200);
    assert.match(headers["content-type"] ?? "", /^application\/json/);
    assert.equal(json["openapi"], "3.1.0");
  });

  it("serves the AsyncAPI document without a token", async () => {
    const { status, headers, json } = await call("/asyncapi.json");
    assert.equal(status, 200);
    assert.match(headers["content-type"] ?? "", /^application\/json/);
    assert.equal(json["asyncapi"], "3.0.0");
  });

  it("serves a page and all its files without a token", async () => {
    const { status, headers, text } = await call("/docs");
    assert.equal(status, 200);
    assert.match(headers["content-type"] ?? "", /^text\/html/);
    const asked = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "");
    assert.deepEqual(asked.toSorted(), assets.toSorted());
    for (const path of asked) {
      const answer = await call(path);
      assert.equal(answer.status, 200, path);
      assert.match(answer.headers["content-type"] ?? "", /^text\/(?:javascript|css)/, path);
      assert.equal(Number(answer.headers["content-length"]), Buffer.byteLength(answer.text), path);
    }
  });

  it("restricts the page to its own files, and allows no inline script", async () => {
    for (const path of ["/docs", ...assets]) {
      const policy = String((await call(path)).headers["content-security-policy"]);
      assert.match(policy, /default-src 'none';script-src 'self';style-src 'self';/, path);
      assert.doesNotMatch(policy, /unsafe|http:|https:|\*/, path);
    }
    const { text } = await call("/docs");
    assert.doesNotMatch(text, /<script>|<style|style=|\son\w+=/);
  });

  it("contacts no service on the internet", async () => {
    assert.match((await call("/docs/init.js")).text, /validatorUrl: null/);
  });

  it("is protected by the guards of Host and Origin", async () => {
    for (const path of ["/openapi.json", "/docs", ...assets]) {
      assert.equal((await call(path, { headers: { Host: "evil.example" } })).status, 403, path);
      assert.equal((await call(path, { headers: { Origin: "https://evil.example" } })).status, 403, path);
      assert.equal((await call(path, { headers: { "Sec-Fetch-Site": "cross-site" } })).status, 403, path);
    }
  });

  it("answers HEAD without a body", async () => {
    const { status, headers, text } = await call("/openapi.json", { method: "HEAD" });
    assert.equal(status, 200);
    assert.ok(Number(headers["content-length"]) > 1000);
    assert.equal(text, "");
  });

  it("serves no other file, whatever path is requested", async () => {
    const ways = [
      "LICENSE",
      "nothing.js",
      "..%2fopenapi.json",
      "%2e%2e/openapi.json",
      "..%5copenapi.json",
      "__proto__",
    ];
    for (const way of ways) {
      const { status, json } = await call(`/docs/${way}`);
      assert.ok(status === 404 || status === 401, `${way}: ${status}`);
      assert.ok("code" in json, way);
    }
  });

  it("reports missing files, and serves them once they exist", async () => {
    const empty = await mkdtemp(join(tmpdir(), "kb-docs-"));
    const other = await serve(empty);
    try {
      for (const path of ["/openapi.json", "/docs/swagger-ui.css"]) {
        const { status, json } = await other.call(path);
        assert.equal(status, 404);
        assert.equal(json["message"], "This build of the bridge has no documentation.");
      }
      await writeFile(join(empty, "openapi.json"), '{"openapi":"3.1.0"}');
      assert.equal((await other.call("/openapi.json")).status, 200);
    } finally {
      other.server.close();
      await rm(empty, { recursive: true, force: true });
    }
  });
});
