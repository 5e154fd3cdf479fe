import { noEvent } from "../../../src/base/events.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { startTestBridge } from "../../support/testBridge.ts";
import { serveBench } from "../benchProcess.ts";

/** The destinations, as JSON. */
const elements: unknown = JSON.parse(process.argv[2] ?? "[]");
const secrets: Readonly<Record<string, string>> = JSON.parse(process.argv[3] ?? "{}");
const storageFolder = await temporaryFolder();

const bridge = await startTestBridge({
  storageFolder,
  commands: { "kiroBridgeBench.echo": (value) => value },
  settings: () => (key) => (key === "exports" ? elements : undefined),
  exportSecrets: { read: async (name) => secrets[name], onDidChange: noEvent },
});

serveBench(bridge.port, async () => {
  await bridge.dispose();
  await removeFolder(storageFolder);
});
