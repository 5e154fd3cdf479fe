import { createRequire } from "node:module";
import { join } from "node:path";
import { silentLogger } from "../../../src/base/logger.ts";
import type { BridgePorts, composeBridge as Compose } from "../../../src/bridge/composeBridge.ts";
import { fakeKiro } from "../fakeKiro.ts";
import { FakeAgent, FakeEditor, FakeWindow } from "../fakePorts.ts";
import { TEST_TOKEN } from "../testBridge.ts";

/** Starts the bridge of a folder that `buildSeparateBundles` has filled, on a free port. */
export async function startBundledBridge(
  folder: string,
  settings: Readonly<Record<string, unknown>>,
  editor: BridgePorts["editor"] = new FakeEditor({}),
): ReturnType<typeof Compose> {
  const { composeBridge }: { composeBridge: typeof Compose } = createRequire(join(folder, "x.cjs"))("./bridge.cjs");
  return await composeBridge(
    {
      editor,
      window: new FakeWindow(),
      logger: silentLogger,
      settings: () => (key) => settings[key],
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
}
