import { setImmediate } from "node:timers/promises";
import { join } from "node:path";
import { noEvent } from "../../../../src/base/events.ts";
import { startTestBridge } from "../../testBridge.ts";
import type { BridgeProcessOptions } from "./bridgeProcess.ts";

const { storage, destinations, secrets }: BridgeProcessOptions = JSON.parse(process.argv[2] ?? "{}");

const bridge = await startTestBridge({
  storageFolder: storage,
  journal: { folder: join(storage, "history") },
  windowId: `w${process.pid}`,
  commands: {
    "test.echo": async (value) => {
      await setImmediate();
      return value;
    },
  },
  settings: () => (key) => (key === "exports" ? destinations : undefined),
  exportSecrets: { read: (name) => Promise.resolve(secrets[name]), onDidChange: noEvent },
});

process.on("message", () => {
  globalThis.gc?.();
  process.send?.({ heapBytes: process.memoryUsage().heapUsed });
});
process.once("disconnect", () => void bridge.dispose());
process.send?.({ port: bridge.port });
