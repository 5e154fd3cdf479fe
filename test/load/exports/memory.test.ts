import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { BridgeProcess } from "../../support/exports/processes/bridgeProcess.ts";
import { never, ScriptedServer } from "../../support/exports/scriptedServer.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";

const RUNS = 10_000;
/** What the heap of two bursts may differ in, in bytes: 300 for each run would be three megabytes. */
const TOLERANCE = 2.5 * 1024 * 1024;

describe("A burst of 10,000 runs while three destinations hang", () => {
  it("is answered, waits on the disk and not in memory", async () => {
    const storage = await temporaryFolder();
    const server = await ScriptedServer.start();
    server.otherwise = { headUntil: never };
    const keys = JSON.stringify({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "for-this-test-alone" });
    const secrets = { hook: `whsec_${Buffer.alloc(24, 7).toString("base64")}`, one: keys, two: keys };
    const dynamodb = { kind: "dynamodb", region: "us-east-1", endpoint: server.url, auth: { kind: "secret" } };
    const destinations = [
      { name: "hook", kind: "webhook", url: `${server.url}/hook`, events: ["*"] },
      { name: "one", table: "first", ...dynamodb },
      { name: "two", table: "second", ...dynamodb },
    ];
    const bridge = await BridgeProcess.start({ storage, destinations, secrets });
    try {
      // The first burst fills what is bounded: the latest events and executions.
      assert.equal((await bridge.burst(RUNS)).length, RUNS);
      const before = await bridge.heapBytes();
      assert.equal((await bridge.burst(RUNS)).length, RUNS);
      const after = await bridge.heapBytes();
      assert.ok(after - before < TOLERANCE, `The heap has grown from ${before} to ${after} bytes.`);
      const lags = await bridge.waiting();
      assert.ok((lags.get("hook") ?? 0) >= 4 * RUNS, `The webhook waits for ${lags.get("hook")} events.`);
      assert.ok((await sizeOf(join(storage, "exports"))) > 20 * RUNS);
    } finally {
      await bridge.kill();
      await server.dispose();
      await removeFolder(storage);
    }
  }).timeout(300_000);
});

async function sizeOf(folder: string): Promise<number> {
  let total = 0;
  for (const name of await readdir(folder, { recursive: true })) total += (await stat(join(folder, name))).size;
  return total;
}
