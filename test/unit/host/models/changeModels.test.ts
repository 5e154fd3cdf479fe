import assert from "node:assert/strict";
import { allowEditorModels } from "../../../../src/host/models/add/allowEditorModels.ts";
import { removeModel, setModelKey } from "../../../../src/host/models/add/changeModels.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { ModelsRig } from "./modelsRig.ts";
import type { Step } from "./scriptedDialogs.ts";

const openai = { id: "openai", name: "Our OpenAI", wire: "openai-chat", models: ["gpt-large"] };
const azure = { ...openai, id: "azure", auth: { kind: "entra", tenantId: "t", clientId: "c" } };
const ollama = { id: "ollama", wire: "openai-chat", auth: { kind: "none" } };

function rigWith(script: readonly Step[], ...engines: readonly unknown[]): ModelsRig {
  const rig = new ModelsRig(script);
  rig.engines = engines;
  for (const id of ["openai", "azure"]) rig.keys.set(id, `old key of ${id}`);
  return rig;
}

describe("Remove Model", () => {
  it("removes the settings and the key of the selected engine after a question", async () => {
    const rig = rigWith([{ pick: "openai" }, { agree: true }], openai, ollama);
    await removeModel(rig.deps, undefined);
    assert.deepEqual(rig.engines, [ollama]);
    assert.deepEqual([...rig.keys.keys()], ["azure"]);
  });

  it("removes an entry that is not valid", async () => {
    const rig = rigWith([{ agree: true }], { id: "openai", wire: "no such wire" });
    await removeModel(rig.deps, "openai");
    assert.deepEqual(rig.engines, []);
  });

  it("removes nothing if the user leaves, or says no", async () => {
    for (const script of [["leave"], [{ pick: "openai" }, { agree: false }]] as const) {
      const rig = rigWith(script, openai);
      await removeModel(rig.deps, undefined);
      assert.deepEqual([rig.engines, rig.keys.size], [[openai], 2]);
    }
  });

  it("says that there is none", async () => {
    await assert.rejects(removeModel(rigWith([]).deps, undefined), { code: "NOT_FOUND" });
    await assert.rejects(removeModel(rigWith([], openai).deps, "other"), { code: "NOT_FOUND" });
  });
});

describe("Set Key of a Model", () => {
  it("offers the engines whose key the editor keeps, tests the new key, and stores it", async () => {
    const rig = rigWith([{ pick: "openai" }, { enter: "sk-new" }], openai, azure, ollama);
    await setModelKey(rig.deps, undefined);
    assert.deepEqual(rig.dialogs.offered, [["openai", "azure"]]);
    assert.deepEqual(
      rig.tested.map(({ settings, key }) => [settings.id, key]),
      [["openai", "sk-new"]],
    );
    assert.equal(rig.keys.get("openai"), "sk-new");
    assert.equal(rig.keys.get("azure"), "old key of azure");
    assert.deepEqual(rig.dialogs.hidden, [true]);
    assert.equal(rig.dialogs.shown.at(-1), "Kiro Bridge: The key of “Our OpenAI” was replaced.");
  });

  it("keeps the old key if the new one does not work and the user leaves", async () => {
    const rig = rigWith([{ enter: "sk-wrong" }, "leave"], openai);
    rig.results = [new BridgeError("ACCESS_DENIED", "The key was rejected (401).")];
    await setModelKey(rig.deps, "openai");
    assert.equal(rig.keys.get("openai"), "old key of openai");
    assert.ok(rig.dialogs.shown.some((text) => text.includes("The key was rejected (401).")));
  });

  it("says that there is no engine whose key the editor keeps", async () => {
    await assert.rejects(setModelKey(rigWith([], ollama).deps, undefined), { code: "NOT_FOUND" });
    await assert.rejects(setModelKey(rigWith([], ollama).deps, "ollama"), { code: "NOT_FOUND" });
  });
});

describe("Allow Models of This Editor", () => {
  const small = { id: "acme/small", name: "Small", vendor: "acme", maxInputTokens: 1000 };

  it("allows the selected model after a question", async () => {
    const rig = rigWith([{ pick: "acme/small" }, { agree: true }]);
    rig.editorModels = [small];
    await allowEditorModels(rig.deps);
    assert.deepEqual(rig.allowed, ["acme/small"]);
  });

  it("allows nothing if the user leaves, or says no", async () => {
    for (const script of [["leave"], [{ pick: "acme/small" }, { agree: false }]] as const) {
      const rig = rigWith(script);
      rig.editorModels = [small];
      await allowEditorModels(rig.deps);
      assert.deepEqual(rig.allowed, []);
    }
  });

  it("says what to do in an editor without models", async () => {
    const rig = rigWith([]);
    await allowEditorModels(rig.deps);
    assert.match(rig.dialogs.shown.at(-1) ?? "", /offers no models.*Install/);
  });
});
