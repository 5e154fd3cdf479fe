import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { executeResponseSchema } from "../../../src/protocol/executions.ts";
import { FakeEditor } from "../../support/fakePorts.ts";
import { callPort } from "../../support/httpClient.ts";
import { openAiChat } from "../../support/models/forms/openAiChat.ts";
import { ModelServer } from "../../support/models/modelServer.ts";
import { startBundledBridge } from "../../support/programs/bundledBridge.ts";
import { buildSeparateBundles } from "../../support/programs/separateBundles.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { TEST_TOKEN } from "../../support/testBridge.ts";

describe("The bundle of models", function () {
  this.timeout(120_000);
  let folder: string;
  let vendor: ModelServer;

  before(async () => {
    folder = await temporaryFolder();
    await buildSeparateBundles(folder, ["agents/modelsLibrary.ts"]);
  });
  beforeEach(async () => {
    vendor = await ModelServer.start(openAiChat({ text: "hello" }));
  });
  afterEach(() => vendor.dispose());
  after(() => removeFolder(folder));

  it("is not read before the first prompt of an engine", async () => {
    const require = createRequire(join(folder, "x.cjs"));
    const isRead = (): boolean => join(folder, "models.cjs") in require.cache;
    const engines = [{ id: "local", wire: "openai-chat", baseUrl: vendor.url, auth: { kind: "none" }, models: ["m"] }];
    const editor = new FakeEditor({ "test.echo": (value: unknown) => value });
    const bridge = await startBundledBridge(folder, { engines }, editor);
    try {
      const headers = { Authorization: `Bearer ${TEST_TOKEN}` };
      const execute = async (body: object) => {
        const { json } = await callPort(bridge.server.port, "/api/kiro/execute", { headers, body });
        return executeResponseSchema.parse(json);
      };
      for (const path of ["/api/kiro/status", "/api/kiro/commands"])
        assert.equal((await callPort(bridge.server.port, path, { headers })).status, 200);
      assert.equal((await execute({ command: "test.echo", args: ["hi"] })).success, true);
      assert.equal(isRead(), false);

      const answer = await execute({ command: "kiro.engines.local.chat", args: ["hi"] });
      assert.deepEqual([answer.success, answer.output], [true, "hello"]);
      assert.equal(isRead(), true);
    } finally {
      await bridge.dispose();
    }
  });
});
