import assert from "node:assert/strict";
import { join } from "node:path";
import { silentLogger } from "../../../src/base/logger.ts";
import { composeServer, type ServerBridge } from "../../../src/serve/composeServer.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { readDiscoveries } from "../../support/editor/bridge.ts";

describe("A bridge without an editor", () => {
  let folder: string;
  let bridge: ServerBridge;

  before(async () => {
    folder = await temporaryFolder();
    const values: Readonly<Record<string, unknown>> = { "api.port": 0, "cli.path": "/nowhere/kiro-cli" };
    bridge = await composeServer({
      settings: () => (key) => values[key],
      workspaceFolders: [folder],
      folders: { installation: folder, storage: join(folder, "storage"), discovery: join(folder, "home") },
      version: "0.1.0",
      logger: silentLogger,
    });
  });

  after(async () => {
    await bridge?.dispose();
    await removeFolder(folder);
  });

  async function call(path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const response = await fetch(new URL(path, bridge.url), {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${bridge.token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  it("reports that it is a server, with its folders", async () => {
    const { status, body } = await call("/api/kiro/status?fields=status,version,windows");
    assert.equal(status, 200);
    const [window] = bridge.status.current().windows;
    assert.deepEqual(
      { kind: window?.kind, folders: window?.workspaceFolders, focusedAt: window?.focusedAt },
      { kind: "server", folders: [folder], focusedAt: undefined },
    );
    assert.match(JSON.stringify(body), /"kind":"server"/);
    assert.doesNotMatch(JSON.stringify(body), /"version":/);
  });

  it("publishes its address and token", async () => {
    const [entry] = await readDiscoveries(join(folder, "home"));
    assert.deepEqual({ url: entry?.url, token: entry?.token }, { url: bridge.url, token: bridge.token });
  });

  it("says for a command of an editor that it has none, and what to do", async () => {
    const { status, body } = await call("/api/kiro/execute", { command: "workbench.action.files.saveAll" });
    assert.equal(status, 200);
    assert.match(JSON.stringify(body), /"success":false/);
    assert.match(JSON.stringify(body), /not found\. This bridge has no editor\. Open a window of an editor/);
  });
});
