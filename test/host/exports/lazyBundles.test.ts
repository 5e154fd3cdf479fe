import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { withSettings } from "../bridgeSettings.ts";
import { activeExtension, waitForBridge } from "../support.ts";

/** Returns the bundles of the extension that have been read in this extension host. */
async function readBundles(): Promise<ReadonlySet<string>> {
  const dist = join((await activeExtension()).extensionPath, "dist");
  const files = Object.keys(createRequire(__filename).cache).filter((file) => dirname(file) === dist);
  return new Set(files.map((file) => basename(file)));
}

/** The bundles that nothing reads while nothing is exported, nor analytics are on. */
const unread = ["exports.cjs", "awsCredentials.cjs", "hostExports.cjs", "analytics.cjs"] as const;

/** Those that were read before the first test of all, some of which configure a destination. */
let atStart: ReadonlySet<string>;
before(async () => {
  await waitForBridge();
  atStart = await readBundles();
});

describe("The bundles of exports and analytics", () => {
  it("are read in the editor only for a destination, and no more of them than it needs", async () => {
    assert.deepEqual([atStart.has("extension.cjs"), atStart.has("bridge.cjs")], [true, true]);
    assert.deepEqual(
      unread.filter((name) => atStart.has(name)),
      [],
    );
    const server = createServer((request, response) => request.resume().once("end", () => response.end("{}")));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const hook = { name: "hook", kind: "webhook", url: `http://127.0.0.1:${port}/`, signed: false };
    try {
      await withSettings({ exports: [hook] }, async () => {
        const after = await readBundles();
        assert.deepEqual(
          unread.filter((name) => after.has(name)),
          ["exports.cjs"],
        );
      });
    } finally {
      server.close();
    }
  });
});
