import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/logger.ts";
import { DashboardChannel } from "../../../../src/dashboard/channel/dashboardChannel.ts";
import { socketReplySchema } from "../../../../src/protocol/socket.ts";
import { DemoModels } from "../../../support/dashboard/demoModels.ts";
import { FakeBridge, FakeEditorActions } from "../../../support/dashboard/fakeBridge.ts";

describe("The dashboard's methods for models", () => {
  const bridge = new FakeBridge();
  const editorActions = new FakeEditorActions();
  const posted: unknown[] = [];
  const post = (message: unknown): void => void posted.push(message);
  const channel = new DashboardChannel({ source: bridge, editorActions, post, logger: silentLogger });
  after(() => channel.dispose());

  async function ask(method: string, params?: unknown) {
    await channel.receive({ id: 1, method, params });
    const { result, error } = socketReplySchema.parse(posted.at(-1));
    return { result, code: error?.code };
  }

  it("show nothing for a bridge without engines", async () => {
    assert.deepEqual((await ask("models")).result, { windows: [], usage: undefined });
  });

  it("show the engines of the windows and what they have used", async () => {
    const models = new DemoModels("w-1", 0);
    bridge.override({ models });
    assert.deepEqual((await ask("models")).result, { windows: models.windows(), usage: await models.usage() });
  });

  it("add an engine and set a key by the commands of the editor", async () => {
    assert.equal((await ask("addModel")).code, undefined);
    assert.equal((await ask("setModelKey", { id: "gpt" })).code, undefined);
    assert.deepEqual(editorActions.done, ["addModel", "setModelKey gpt"]);
    assert.equal((await ask("setModelKey", { id: "" })).code, "VALIDATION_FAILED");
    assert.equal((await ask("addModel", { preset: "ollama" })).code, "VALIDATION_FAILED");
  });

  it("fail while the bridge is off", async () => {
    bridge.switchOff();
    assert.equal((await ask("models")).code, "KIRO_UNAVAILABLE");
  });
});
