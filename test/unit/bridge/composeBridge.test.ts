import assert from "node:assert/strict";
import { silentLogger } from "../../../src/base/logger.ts";
import { composeBridge, type BridgePorts } from "../../../src/bridge/composeBridge.ts";
import { FakeEditor, FakeWindow } from "../../support/fakePorts.ts";
import { callPort } from "../../support/httpClient.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";

const TOKEN = "a-token-0123456789-abcdefghijklmnopqrstuvwxyz";

describe("composeBridge, with nothing but ports", () => {
  let folder: string;
  let values: Record<string, unknown>;
  let warnings: unknown[];

  beforeEach(async () => {
    folder = await temporaryFolder();
    values = {};
    warnings = [];
  });
  afterEach(() => removeFolder(folder));

  const portsOf = (more: Partial<BridgePorts> = {}): BridgePorts => ({
    editor: new FakeEditor({ "test.echo": (value) => value }),
    window: new FakeWindow(),
    logger: { ...silentLogger, warn: (_message, facts) => void warnings.push(facts) },
    settings: () => (key) => values[key],
    token: () => TOKEN,
    version: "0.1.0",
    folders: { extension: folder, storage: folder, discovery: folder },
    ...more,
  });
  const execute = async (port: number) => {
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const { status } = await callPort(port, "/api/kiro/execute", { headers, body: { command: "test.echo" } });
    return status;
  };

  it("runs a command of the editor, and is published from when it knows the commands until before it closes", async () => {
    const steps: string[] = [];
    const publish: BridgePorts["publish"] = async ({ address: { port } }) => {
      steps.push(`published ${await execute(port)}`);
      return {
        dispose: async () => {
          steps.push(`withdrawn ${await execute(port)}`);
        },
      };
    };
    const bridge = await composeBridge(portsOf({ publish }));
    assert.ok(bridge.core.catalog.has("test.echo"));
    await bridge.dispose();
    assert.deepEqual(steps, ["published 200", "withdrawn 503"]);
    await assert.rejects(execute(bridge.server.port));
  });

  it("takes over live settings at once, and knows which ones take a restart", async () => {
    const bridge = await composeBridge(portsOf());
    try {
      values["commands.deny"] = ["test.*"];
      bridge.applySettings();
      assert.equal(await execute(bridge.server.port), 403);
      assert.equal(bridge.isOutdated(), false);
      values["kiro.maxSessions"] = 7;
      assert.equal(bridge.isOutdated(), true);
    } finally {
      await bridge.dispose();
    }
  });

  it("permits no command while the list of commands is invalid, and says so", async () => {
    values["commands.allow"] = "everything";
    const bridge = await composeBridge(portsOf());
    try {
      assert.equal(await execute(bridge.server.port), 403);
      assert.match(JSON.stringify(warnings), /kiroBridge\.commands\.allow/);
    } finally {
      await bridge.dispose();
    }
  });

  it("releases its modules when the server cannot listen", async () => {
    const bridge = await composeBridge(portsOf());
    let isReleased = false;
    const modules = [{ dispose: async () => void (isReleased = true) }];
    values = { "api.port": bridge.server.port, "api.portConflict": "fail" };
    try {
      await assert.rejects(composeBridge(portsOf({ modules })), { code: "CONFIGURATION_ERROR" });
      assert.ok(isReleased);
    } finally {
      await bridge.dispose();
    }
  });
});
