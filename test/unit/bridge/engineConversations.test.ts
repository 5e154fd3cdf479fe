import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ModelServer } from "../../support/models/modelServer.ts";
import { RememberingModel } from "../../support/models/rememberingModel.ts";
import { type EngineBridge, startEngineBridge } from "../../support/models/startEngineBridge.ts";

describe("The conversations of engines", () => {
  let server: ModelServer;
  let model: RememberingModel;
  let running: EngineBridge | undefined;

  beforeEach(async () => {
    model = new RememberingModel("list_executions");
    server = await ModelServer.start();
    server.otherwise = model.script;
  });
  afterEach(async () => {
    await running?.dispose();
    await server.dispose();
  });

  const start = async (settings: Readonly<Record<string, unknown>> = {}): Promise<EngineBridge> => {
    const engine = { id: "memory", baseUrl: `${server.url}/v1`, models: ["test-model"] };
    running = await startEngineBridge({ engines: [engine], settings });
    return running;
  };
  const prompt = async (bridge: EngineBridge, number: number): Promise<void> => {
    const { json } = await bridge.run("memory", "chat", [`Prompt ${number}.`]);
    assert.equal(json["success"], true, JSON.stringify(json));
  };
  /** Everything that the bridge has written there. */
  const stored = async ({ storageFolder }: EngineBridge, folder = ""): Promise<string> => {
    const entries = await readdir(join(storageFolder, folder), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")));
    return texts.join("\n");
  };

  it("are kept in the storage folder", async () => {
    const bridge = await start();
    await prompt(bridge, 1);
    assert.match(await stored(bridge), /Prompt 1\./);
  });

  for (const setting of ["history.enabled", "history.storeOutput"]) {
    it(`are kept in memory alone if ${setting} is off`, async () => {
      const bridge = await start({ [setting]: false });
      await prompt(bridge, 1);
      await prompt(bridge, 2);
      assert.deepEqual(model.heard.at(-1)?.prompts, [1, 2]);
      assert.doesNotMatch(await stored(bridge), /Prompt/);
    });
  }

  it("are removed from the disk when their session is closed or begun again", async () => {
    const bridge = await start();
    await prompt(bridge, 1);
    assert.equal((await bridge.run("memory", "newSession")).status, 200);
    await prompt(bridge, 2);
    assert.deepEqual(model.heard.at(-1)?.prompts, [2]);
    const conversations = async (): Promise<string> => await stored(bridge, "conversations");
    assert.doesNotMatch(await conversations(), /Prompt 1\./);
    assert.match(await conversations(), /Prompt 2\./);
    assert.equal((await bridge.run("memory", "closeSession", ["default"])).status, 200);
    assert.doesNotMatch(await conversations(), /Prompt/);
  });

  it("are removed from the disk with the history, and go on in memory", async () => {
    const bridge = await start();
    await prompt(bridge, 1);
    await bridge.bridge.core.history.clear();
    assert.doesNotMatch(await stored(bridge), /Prompt 1\./);
    await prompt(bridge, 2);
    assert.deepEqual(model.heard.at(-1)?.prompts, [1, 2]);
    assert.doesNotMatch(await stored(bridge), /Prompt 1\./);
  });
});
