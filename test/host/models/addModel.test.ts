import assert from "node:assert/strict";
import * as vscode from "vscode";
import { openAiChat } from "../../support/models/forms/openAiChat.ts";
import { ModelServer } from "../../support/models/modelServer.ts";
import { restartWith } from "../bridgeSettings.ts";
import { askModel, offeredModel, untilOffered } from "./offeredModel.ts";
import { runOwn, waitForBridge } from "../support.ts";

const key = "sk-host-test-0123456789";

describe("Add Model", () => {
  let server: ModelServer;

  before(async () => {
    await waitForBridge();
    // Published a moment before the palette knows it.
    await untilOffered("kiro");
    server = await ModelServer.start();
    server.otherwise = openAiChat({ text: "Hello from the model" });
  });

  after(async () => {
    await restartWith({ engines: undefined });
    await server.dispose();
  });

  it("tests a model with one real call, keeps its key out of the settings, and offers it to the editor", async () => {
    await runOwn("addModel", {
      preset: "compatible",
      url: { url: `${server.url}/v1/` },
      auth: { kind: "secret" },
      key,
      model: "scripted-model",
      id: "scripted",
    });
    const tested = server.at(-1);
    assert.deepEqual([tested.url, tested.headers["authorization"]], ["/v1/chat/completions", `Bearer ${key}`]);
    assert.deepEqual(vscode.workspace.getConfiguration("kiroBridge").get("engines"), [
      {
        id: "scripted",
        wire: "openai-chat",
        baseUrl: `${server.url}/v1`,
        auth: { kind: "secret" },
        models: ["scripted-model"],
      },
    ]);
    // The bridge starts again with the setting.
    await untilOffered("scripted");
    const tests = server.requests.length;
    const { text } = await askModel(await offeredModel("scripted"), [vscode.LanguageModelChatMessage.User("Hello")]);
    assert.equal(text, "Hello from the model");
    assert.equal(server.at(tests).headers["authorization"], `Bearer ${key}`);
  });
});
