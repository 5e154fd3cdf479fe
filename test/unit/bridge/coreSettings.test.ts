import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { composeCore } from "../../../src/bridge/composeCore.ts";
import { coreSettings } from "../../../src/bridge/coreSettings.ts";
import { type Settings, settingsSchema } from "../../../src/bridge/settingsTable.ts";
import { fakeKiro } from "../../support/fakeKiro.ts";
import { FakeAgent, FakeEditor, FakeWindow } from "../../support/fakePorts.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { Redactor } from "../../../src/core/privacy/redactor.ts";

describe("coreSettings", () => {
  let storageFolder: string;
  let store: DisposableStore;
  let token: string;

  beforeEach(async () => {
    storageFolder = await temporaryFolder();
    store = new DisposableStore();
    token = randomBytes(32).toString("base64url");
  });

  afterEach(async () => {
    await store.dispose();
    await removeFolder(storageFolder);
  });

  const settingsOf = (changes: Partial<Settings> = {}) =>
    coreSettings({
      settings: { ...settingsSchema.parse({}), ...changes },
      version: "0.1.0",
      editor: "Fake Editor 1.110.0",
      storageFolder,
      discoveryFolder: storageFolder,
      extensionPath: "",
      redactor: new Redactor({ secrets: () => [token] }),
      logger: silentLogger,
    });

  it("keeps the token out of exported runs, also after it was rotated", async () => {
    const editor = new FakeEditor({ echo: (value) => value });
    const createKiro = () => fakeKiro({ agent: new FakeAgent() });
    const ports = { editor, window: new FakeWindow(), createKiro, logger: silentLogger };
    const core = composeCore(ports, settingsOf(), store);
    await core.catalog.refresh();
    for (let round = 0; round < 2; round++) {
      const execution = await core.dispatcher.submit({ command: "echo", args: [`x${token}y`] });
      await execution.settled;
      const run = await core.history.exportRun(execution.id);
      assert.deepEqual([run.execution.args, run.execution.output], [["x(hidden)y"], "x(hidden)y"]);
      assert.ok(!JSON.stringify(run).includes(token));
      token = randomBytes(32).toString("base64url");
    }
  });

  it("configures the journal by the settings, in the storage folder", () => {
    const { journal } = settingsOf({ "history.storeOutput": false, "history.maxMegabytes": 7, "history.maxDays": 2 });
    assert.deepEqual(
      [journal?.folder, journal?.storesOutput, journal?.maxBytes, journal?.maxAgeMs],
      [join(storageFolder, "history"), false, 7 * 1024 * 1024, 2 * 24 * 60 * 60 * 1000],
    );
    assert.equal(settingsOf({ "history.enabled": false }).journal, undefined);
  });
});
