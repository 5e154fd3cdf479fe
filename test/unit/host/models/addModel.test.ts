import assert from "node:assert/strict";
import { type EngineSettings, engineSchema } from "../../../../src/agents/engines/engineSettings.ts";
import type { EngineModel } from "../../../../src/core/models/engineDirectory.ts";
import { addModel } from "../../../../src/host/models/add/addModel.ts";
import { modelWishSchema } from "../../../../src/host/models/add/modelWish.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { ModelsRig } from "./modelsRig.ts";
import type { Step } from "./scriptedDialogs.ts";

const key = "sk-test-0123456789";
const models = (...ids: readonly string[]): EngineModel[] => ids.map((id) => ({ id, name: id }));

describe("Add Model", () => {
  async function add(rig: ModelsRig, wish: object = {}): Promise<void> {
    await addModel(rig.deps, modelWishSchema.parse(wish));
    assert.deepEqual(rig.dialogs.left, []);
  }

  const openai: readonly Step[] = [
    { pick: "OpenAI" },
    { pick: "Enter its key" },
    { enter: key },
    { pick: "gpt-large" },
    { enter: "(as suggested)" },
  ];

  it("asks for the vendor, the key and the model, tests it with one call, and saves the engine and the key", async () => {
    const rig = new ModelsRig(openai);
    rig.listed = models("gpt-large", "gpt-small", "text-embedding-small");
    await add(rig);
    const saved = [
      {
        id: "openai",
        wire: "openai-responses",
        baseUrl: "https://api.openai.com/v1",
        auth: { kind: "secret" },
        models: ["gpt-large"],
        embeddingModels: ["text-embedding-small"],
      },
    ];
    assert.deepEqual(rig.engines, saved);
    assert.deepEqual(rig.keys, new Map([["openai", key]]));
    assert.deepEqual(rig.tested, [{ settings: engineSchema.parse(saved[0]), key }]);
    assert.equal(rig.dialogs.hidden[0], true);
    assert.match(rig.dialogs.shown.at(-1) ?? "", /“openai” was added\. It answered: Hello/);
    assert.ok(
      !JSON.stringify([rig.engines, rig.dialogs.shown]).includes(key),
      "the key is in no setting and no message",
    );
  });

  it("offers the models of the vendor without those for embeddings, and another one to enter", async () => {
    const rig = new ModelsRig([
      ...openai.slice(0, 3),
      { pick: "Enter another model…" },
      { enter: " " },
      { enter: "ft:gpt-small:mine" },
      { enter: "tuned" },
    ]);
    rig.listed = models("gpt-large", "text-embedding-small");
    await add(rig);
    assert.deepEqual(rig.dialogs.offered.at(-1), ["gpt-large", "Enter another model…"]);
    assert.deepEqual(rig.engines[0]?.models, ["ft:gpt-small:mine"]);
    assert.equal(rig.engines[0]?.id, "tuned");
    assert.deepEqual(rig.dialogs.refusals, ["Enter the name."]);
  });

  it("asks for the model by hand, with the reason, if the vendor does not tell its models", async () => {
    const rig = new ModelsRig([...openai.slice(0, 3), { enter: "gpt-large" }, { enter: "(as suggested)" }]);
    rig.listed = new BridgeError("NOT_FOUND", "The server has no list of models.");
    await add(rig);
    assert.ok(rig.dialogs.shown.some((text) => text.startsWith("The server has no list of models. Enter the name")));
    assert.deepEqual(rig.engines[0]?.models, ["gpt-large"]);
  });

  it("takes the endpoint and the deployment of Azure, and does not ask for a list that it does not have", async () => {
    const rig = new ModelsRig([
      { pick: "Azure OpenAI (deployments)" },
      { enter: "mine" },
      { enter: "https://mine.openai.azure.com/openai/" },
      { pick: "Microsoft Entra" },
      { enter: "11111111-2222-3333-4444-555555555555" },
      { enter: "66666666-7777-8888-9999-000000000000" },
      { enter: "client-secret!" },
      { enter: "my-deployment" },
      { enter: "(as suggested)" },
    ]);
    await add(rig);
    assert.deepEqual(rig.engines, [
      {
        id: "azure-deployments",
        wire: "openai-chat",
        baseUrl: "https://mine.openai.azure.com",
        apiVersion: "2024-10-21",
        auth: {
          kind: "entra",
          tenantId: "11111111-2222-3333-4444-555555555555",
          clientId: "66666666-7777-8888-9999-000000000000",
        },
        models: ["my-deployment"],
      },
    ]);
    assert.equal(rig.keys.get("azure-deployments"), "client-secret!");
    assert.equal(rig.listings, 0);
    assert.match(rig.dialogs.refusals[0] ?? "", /https:\/\/my-resource\.openai\.azure\.com/);
  });

  it("suggests the command that prints the keys of Google Cloud", async () => {
    const rig = new ModelsRig([
      { pick: "Google Vertex AI" },
      { enter: "europe-west4" },
      { enter: "my-project" },
      { enter: '["gcloud"' },
      { enter: "(as suggested)" },
      { enter: "google/gemini" },
      { enter: "(as suggested)" },
    ]);
    await add(rig);
    assert.deepEqual(rig.engines[0]?.auth, { kind: "command", command: ["gcloud", "auth", "print-access-token"] });
    assert.deepEqual(rig.keys, new Map());
  });

  it("wants no key of a local server, whose usual address it suggests", async () => {
    const rig = new ModelsRig([
      { pick: "Ollama" },
      { enter: "(as suggested)" },
      { pick: "No key" },
      { pick: "qwen3:8b" },
      { enter: "(as suggested)" },
    ]);
    rig.listed = models("qwen3:8b", "nomic-embed-text");
    await add(rig);
    assert.deepEqual(rig.engines, [
      {
        id: "ollama",
        wire: "openai-chat",
        baseUrl: "http://127.0.0.1:11434/v1",
        auth: { kind: "none" },
        models: ["qwen3:8b"],
        embeddingModels: ["nomic-embed-text"],
      },
    ]);
  });

  it("reads the key from a variable of the environment", async () => {
    const rig = new ModelsRig([
      { pick: "Anthropic" },
      { pick: "An environment variable" },
      { enter: "not a name" },
      { enter: "(as suggested)" },
      { pick: "claude" },
      { enter: "(as suggested)" },
    ]);
    rig.listed = models("claude");
    await add(rig);
    assert.deepEqual(rig.engines[0]?.auth, { kind: "environment", variable: "ANTHROPIC_API_KEY" });
  });

  it("keeps what was entered while the user looks up the rest elsewhere: only the first picker closes then", async () => {
    const environment = ["Anthropic", "An environment variable"].map((pick) => ({ pick }));
    const scripts: readonly (readonly Step[])[] = [
      [...openai.slice(0, 3), { pick: "Enter another model…" }, { enter: "gpt-tuned" }, { enter: "tuned" }],
      [...environment, { enter: "(as suggested)" }, { pick: "gpt-large" }, { enter: "(as suggested)" }],
      [{ pick: "Ollama" }, { enter: "(as suggested)" }, { pick: "No key" }, { pick: "gpt-large" }, { enter: "local" }],
    ];
    for (const script of scripts) {
      const rig = new ModelsRig(script);
      rig.listed = models("gpt-large");
      await add(rig);
      assert.deepEqual(rig.dialogs.closing, ["Select the vendor or the server"]);
    }
  });

  it("says in words what is wrong, and tests again with another key", async () => {
    const rig = new ModelsRig([
      ...openai,
      { press: "Enter the Key Again" },
      { enter: "two words" },
      { enter: "sk-right" },
      { press: "Try Again" },
    ]);
    rig.listed = models("gpt-large");
    rig.results = [
      new BridgeError("ACCESS_DENIED", "The key was rejected (401)."),
      new BridgeError("KIRO_UNAVAILABLE", "There is no connection."),
      "Hello",
    ];
    await add(rig);
    assert.deepEqual(
      rig.tested.map((test) => test.key),
      [key, "sk-right", "sk-right"],
    );
    assert.equal(rig.keys.get("openai"), "sk-right");
    assert.ok(rig.dialogs.shown.includes("“openai” cannot be used yet. The key was rejected (401)."));
  });

  it("saves an engine that cannot be tested now, if the user wants it", async () => {
    const rig = new ModelsRig([...openai, { press: "Save Anyway" }]);
    rig.listed = models("gpt-large");
    rig.results = [new BridgeError("KIRO_UNAVAILABLE", "There is no connection.")];
    await add(rig);
    assert.equal(rig.engines.length, 1);
    assert.doesNotMatch(rig.dialogs.shown.at(-1) ?? "", /answered/);
  });

  it("saves nothing if the user leaves, in whatever dialog, or cancels the list or the test", async () => {
    const script = [...openai, { press: "Try Again" }] as const;
    for (let length = 0; length < script.length; length++) {
      const rig = new ModelsRig([...script.slice(0, length), "leave"]);
      rig.listed = models("gpt-large");
      rig.results = [new BridgeError("KIRO_UNAVAILABLE", "There is no connection.")];
      await add(rig);
      assert.deepEqual([rig.engines, rig.keys.size], [[], 0], `after ${length} steps`);
    }
    for (const [steps, progress] of [
      [3, 1],
      [5, 2],
    ]) {
      const rig = new ModelsRig(openai.slice(0, steps));
      rig.listed = models("gpt-large");
      let shown = 0;
      rig.dialogs.onProgress = (cancel) => {
        if (++shown === progress) cancel();
      };
      await add(rig);
      assert.deepEqual([rig.engines, rig.keys.size], [[], 0], `cancelled progress ${progress}`);
    }
  });

  it("gives each engine an ID of its own, and keeps the others as they are", async () => {
    const others = [{ id: "openai", wire: "openai-chat", unknown: true }, "broken"];
    const rig = new ModelsRig([
      ...openai.slice(0, 4),
      { enter: "openai" },
      { enter: "Open AI" },
      { enter: "(as suggested)" },
    ]);
    rig.engines = others;
    rig.listed = models("gpt-large");
    await add(rig);
    assert.deepEqual(rig.engines.slice(0, 2), others);
    assert.equal(rig.engines[2]?.id, "openai-2");
    assert.equal(rig.dialogs.refusals.length, 2);
    assert.deepEqual([...rig.keys.keys()], ["openai-2"]);
  });

  it("removes the key again if the settings cannot be written", async () => {
    const rig = new ModelsRig(openai);
    rig.listed = models("gpt-large");
    rig.onWrite = () => {
      throw new Error("The settings file is read-only.");
    };
    await assert.rejects(add(rig), /read-only/);
    assert.equal(rig.keys.size, 0);
  });

  it("does not write over a setting that is no list", async () => {
    const rig = new ModelsRig([]);
    rig.rawEngines = "openai";
    await assert.rejects(add(rig, { preset: "openai", id: "mine" }), { code: "CONFIGURATION_ERROR" });
  });

  describe("with the models of this editor", () => {
    const editor: readonly Step[] = [
      { pick: "The models of this editor" },
      { pick: "acme/small" },
      { enter: "(as suggested)" },
    ];

    it("asks the user to allow them before the test, and takes over the size of their context", async () => {
      const rig = new ModelsRig([...editor, { agree: true }]);
      rig.editorModels = [{ id: "acme/small", name: "Small", vendor: "acme", maxInputTokens: 9000 }];
      await add(rig);
      assert.deepEqual(rig.allowed, ["acme/small"]);
      assert.deepEqual(rig.engines, [
        { id: "editor-models", wire: "vscode-lm", auth: { kind: "none" }, models: ["acme/small"], contextTokens: 9000 },
      ]);
      const { baseUrl }: Partial<EngineSettings> = rig.tested[0]?.settings ?? {};
      assert.equal(baseUrl, undefined);
    });

    it("saves nothing if the user does not allow them, or refuses when the editor asks", async () => {
      const refusing = new ModelsRig([...editor, { agree: false }]);
      const refused = new ModelsRig([...editor, { agree: true }]);
      refused.refusal = new Error("The editor does not let Kiro Bridge use this model.");
      for (const rig of [refusing, refused]) {
        rig.editorModels = [{ id: "acme/small", name: "Small", vendor: "acme", maxInputTokens: 9000 }];
        await add(rig);
        assert.deepEqual([rig.engines, rig.tested], [[], []]);
      }
      assert.match(refused.dialogs.shown.at(-1) ?? "", /does not let Kiro Bridge use/);
    });
  });
});
