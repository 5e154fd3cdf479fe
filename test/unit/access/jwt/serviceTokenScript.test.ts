import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { startTestBridge } from "../../../support/testBridge.ts";

const script = join(import.meta.dirname, "../../../../docs/examples/serviceToken.mjs");
const run = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [script, ...args])).stdout.trim();

describe("docs/examples/serviceToken.mjs", () => {
  it("creates keys and signs tokens that the bridge accepts, with the scopes that they have", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, "key.json");
    const issuers: unknown = [JSON.parse(await run("keys", file))];
    const bridge = await startTestBridge({ settings: () => (key) => (key === "auth.issuers" ? issuers : undefined) });
    try {
      const headers = { Authorization: `Bearer ${await run("sign", file)}` };
      assert.equal((await bridge.call("/api/kiro/status", { headers })).status, 200);
      const { json } = await bridge.execute({ command: "test.echo", args: ["hello"] }, headers);
      assert.deepEqual([json["success"], json["result"]], [true, "hello"]);
      if (process.platform !== "win32") assert.equal((await stat(file)).mode & 0o777, 0o600);
      await assert.rejects(run("keys", file), /EEXIST/);
    } finally {
      await bridge.dispose();
      await removeFolder(folder);
    }
  });
});
