import assert from "node:assert/strict";
import { BusClient } from "../../../support/plugins/busClient.ts";
import { startBundledBridge } from "../../../support/programs/bundledBridge.ts";
import { buildSeparateBundles } from "../../../support/programs/separateBundles.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";

/** The state of a module is another one in each bundle: what the guards know must be asked of the bridge's. */
describe("The bus in a bundle of its own", function () {
  this.timeout(120_000);
  let folder: string;

  before(async () => {
    folder = await temporaryFolder();
    await buildSeparateBundles(folder, ["plugins/pluginsLibrary.ts"]);
  });

  after(() => removeFolder(folder));

  it("serves sessions, responds with the errors of the catalog, and ends with the bridge", async () => {
    const bridge = await startBundledBridge(folder, { "api.port": 0 });
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
