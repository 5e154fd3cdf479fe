import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import type { composeBridge as Compose } from "../../../../src/bridge/composeBridge.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { FakeAgent, FakeEditor, FakeWindow } from "../../../support/fakePorts.ts";
import { fakeKiro } from "../../../support/fakeKiro.ts";
import { BusClient } from "../../../support/plugins/busClient.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";

const src = join(import.meta.dirname, "../../../../src");

/** Keeps the plugins a file of their own, as esbuild.mjs does. */
const lazyPlugins: Plugin = {
  name: "lazy-plugins",
  setup(builder) {
    builder.onResolve({ filter: /\/(?:plugins|nats|jose|oauth)Library\.ts$/ }, ({ kind, path }) =>
      kind === "dynamic-import"
        ? { path: `./${path.replace(/^.*\/(\w+)Library\.ts$/, "$1")}.cjs`, external: true }
        : null,
    );
  },
};

/** The state of a module is another one in each bundle: what the guards know must be asked of the bridge's. */
describe("The bus in a bundle of its own", function () {
  this.timeout(120_000);
  let folder: string;

  before(async () => {
    folder = await temporaryFolder();
    await build({
      entryPoints: [
        { in: join(src, "bridge/composeBridge.ts"), out: "bridge" },
        { in: join(src, "plugins/pluginsLibrary.ts"), out: "plugins" },
      ],
      outdir: folder,
      outExtension: { ".js": ".cjs" },
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node22",
      mainFields: ["module", "main"],
      supported: { "dynamic-import": false },
      logLevel: "silent",
      plugins: [lazyPlugins],
    });
  });

  after(() => removeFolder(folder));

  it("serves sessions, responds with the errors of the catalog, and ends with the bridge", async () => {
    const { composeBridge }: { composeBridge: typeof Compose } = createRequire(join(folder, "x.cjs"))("./bridge.cjs");
    const values: Readonly<Record<string, unknown>> = { "api.port": 0 };
    const bridge = await composeBridge(
      {
        editor: new FakeEditor({}),
        window: new FakeWindow(),
        logger: silentLogger,
        settings: () => (key) => values[key],
        token: () => TEST_TOKEN,
        version: "0.1.0",
        folders: { extension: folder, storage: join(folder, "storage"), discovery: join(folder, "home") },
      },
      {
        createKiro: () => fakeKiro({ agent: new FakeAgent() }),
        server: {
          listen: {
            port: 0,
            host: "127.0.0.1",
            portConflict: "fail",
            receiveTimeoutMs: 30_000,
            describeOwner: async () => "",
          },
        },
      },
    );
    const { server } = bridge;
    try {
      const [a, b] = [await BusClient.open(server, { query: { name: "a" } }), await BusClient.open(server)];
      await b.do({ op: "subscribe", subscription: 1, pattern: "t" });
      await a.do({ op: "publish", message: { topic: "t", payload: 1 } });
      await b.waitForType("message");
      assert.equal(b.messages[0]?.["source"], "a");
      assert.equal(await a.codeOf({ op: "request", message: { topic: "plugin/nobody/rpc" } }), "NOT_FOUND");
      const response = await fetch(`${server.url}/api/kiro/bus`, {
        method: "POST",
        headers: { Authorization: `Bearer ${TEST_TOKEN}`, "Content-Type": "application/json" },
        body: JSON.stringify([{ op: "publish", message: { topic: "a//b" } }]),
      });
      const { replies } = Object(await response.json());
      assert.equal(replies[0].error.code, "VALIDATION_FAILED");
      await bridge.dispose();
      assert.equal((await a.closed).code, 1001);
      assert.equal((await b.closed).code, 1001);
    } finally {
      await bridge.dispose();
    }
  });
});
