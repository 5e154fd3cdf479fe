import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/logger.ts";
import { DashboardChannel } from "../../../../src/dashboard/channel/dashboardChannel.ts";
import { exportParts } from "../../../../src/dashboard/channel/exportActions.ts";
import { socketReplySchema } from "../../../../src/protocol/socket.ts";
import { DemoExports } from "../../../support/dashboard/demoExports.ts";
import { FakeBridge, FakeEditorActions } from "../../../support/dashboard/fakeBridge.ts";
import { FakeExports } from "../../../support/exports/fakeExports.ts";

const place = { name: "records", windowId: "w-1" };

describe("The dashboard's methods for exports", () => {
  let bridge: FakeBridge;
  let editorActions: FakeEditorActions;
  let channel: DashboardChannel;
  const posted: unknown[] = [];

  beforeEach(() => {
    bridge = new FakeBridge();
    editorActions = new FakeEditorActions();
    const post = (message: unknown): void => void posted.push(message);
    channel = new DashboardChannel({ source: bridge, editorActions, post, logger: silentLogger });
  });
  afterEach(() => channel.dispose());

  async function ask(method: string, params?: unknown) {
    await channel.receive({ id: 1, method, params });
    const { result, error } = socketReplySchema.parse(posted.at(-1));
    return { result, code: error?.code };
  }

  it("show nothing for a bridge without exports, and have nothing to test", async () => {
    assert.deepEqual((await ask("exports")).result, { destinations: [], problems: [] });
    assert.equal((await ask("testExport", place)).code, "NOT_FOUND");
  });

  it("show the destinations, test one, list its dead letters and send them again", async () => {
    const exports = new DemoExports("w-1", 0);
    bridge.override({ exports });
    assert.deepEqual((await ask("exports")).result, exports.view());
    const tested = { success: true, outcome: "stored", message: "The bucket has the object." };
    assert.deepEqual((await ask("testExport", place)).result, { ...tested, elapsedMs: 84, windowId: "w-1" });
    const { deadLetters } = exports;
    assert.deepEqual((await ask("exportLetters", place)).result, { deadLetters, total: 2 });
    assert.deepEqual((await ask("replayExportLetters", place)).result, { replayed: 2 });
    assert.deepEqual(exports.done, ["test records w-1", "letters records w-1", "replay records w-1"]);
  });

  it("remove dead letters when the user is sure", async () => {
    const exports = new DemoExports("w-1", 0);
    bridge.override({ exports });
    editorActions.isSure = false;
    assert.deepEqual((await ask("removeExportLetters", place)).result, { isRemoved: false });
    assert.deepEqual([exports.done, editorActions.done], [[], ["Remove the dead letters of records?"]]);
    editorActions.isSure = true;
    assert.deepEqual((await ask("removeExportLetters", place)).result, { isRemoved: true });
    assert.deepEqual(exports.done, ["remove records w-1"]);
  });

  it("ask for a secret, and show the setting and the guide, by the commands of the editor", async () => {
    assert.equal((await ask("setExportSecret", { name: "records" })).code, undefined);
    assert.equal((await ask("openExportSettings")).code, undefined);
    assert.equal((await ask("openExportGuide")).code, undefined);
    assert.deepEqual(editorActions.done, ["setExportSecret records", "openSettings exports", "document exports.md"]);
    assert.equal((await ask("setExportSecret", place)).code, "VALIDATION_FAILED");
    assert.equal((await ask("openExportGuide", { anchor: "plugins" })).code, "VALIDATION_FAILED");
  });

  it("check what the page sends", async () => {
    assert.equal((await ask("testExport", { name: "" })).code, "VALIDATION_FAILED");
    assert.equal((await ask("exports", { all: true })).code, "VALIDATION_FAILED");
  });

  it("ask the destinations of this window", async () => {
    const control = new FakeExports();
    control.apply([{ name: "records", kind: "dynamodb" }]);
    control.deadLetterList.push({ id: "a", at: new Date(0).toISOString(), reason: "no", eventType: "command-started" });
    bridge.override({ exports: exportParts(control) });
    assert.deepEqual((await ask("exportLetters", place)).result, { deadLetters: control.deadLetterList, total: 1 });
    assert.deepEqual((await ask("replayExportLetters", place)).result, { replayed: 1 });
    assert.equal((await ask("testExport", { ...place, name: "other" })).code, "NOT_FOUND");
    assert.equal((await ask("removeExportLetters", place)).code, undefined);
  });

  it("fail while the bridge is off", async () => {
    bridge.switchOff();
    assert.equal((await ask("exports")).code, "KIRO_UNAVAILABLE");
  });
});
