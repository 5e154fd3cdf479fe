import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/logger.ts";
import { DashboardChannel } from "../../../../src/dashboard/channel/dashboardChannel.ts";
import { socketReplySchema } from "../../../../src/protocol/socket.ts";
import { DemoPlugins } from "../../../support/dashboard/demoPlugins.ts";
import { FakeBridge, FakeEditorActions } from "../../../support/dashboard/fakeBridge.ts";

describe("The dashboard's methods for plugins", () => {
  const bridge = new FakeBridge();
  const editorActions = new FakeEditorActions();
  const plugins = new DemoPlugins(0);
  const posted: unknown[] = [];
  const post = (message: unknown): void => void posted.push(message);
  const channel = new DashboardChannel({ source: bridge, editorActions, post, logger: silentLogger });
  after(() => channel.dispose());

  async function ask(method: string, params?: unknown) {
    await channel.receive({ id: 1, method, params });
    const { result, error } = socketReplySchema.parse(posted.at(-1));
    return { result, code: error?.code };
  }

  it("show nothing for a bridge without plugins", async () => {
    const { result } = await ask("plugins");
    assert.deepEqual(result, { plugins: [], topics: [], decisions: [], deadLetters: { count: 0, letters: [] } });
  });

  it("show the plugins of the bridge", async () => {
    bridge.override({ plugins });
    assert.deepEqual((await ask("plugins")).result, plugins.view());
  });

  it("send a dead letter again, and remove one only if the user is sure", async () => {
    assert.equal((await ask("resendDeadLetter", { id: "l-2" })).code, undefined);
    editorActions.isSure = false;
    assert.deepEqual((await ask("removeDeadLetter", { id: "l-1" })).result, { isRemoved: false });
    assert.deepEqual(plugins.done, ["send again l-2"]);
    editorActions.isSure = true;
    assert.deepEqual((await ask("removeDeadLetter", { id: "l-1" })).result, { isRemoved: true });
    assert.deepEqual(plugins.done, ["send again l-2", "remove l-1"]);
  });

  it("start a plugin by the command of the editor, which asks the user", async () => {
    const before = editorActions.done.length;
    assert.equal((await ask("startPlugin", { name: "new-one" })).code, undefined);
    assert.deepEqual(editorActions.done.slice(before), ["startPlugin new-one"]);
    assert.equal((await ask("startPlugin", { name: "" })).code, "VALIDATION_FAILED");
  });

  it("reject what is no id, and everything while the bridge is off", async () => {
    for (const id of ["", "x".repeat(301), 1]) {
      assert.equal((await ask("resendDeadLetter", { id })).code, "VALIDATION_FAILED");
    }
    bridge.switchOff();
    assert.equal((await ask("plugins")).code, "KIRO_UNAVAILABLE");
  });
});
