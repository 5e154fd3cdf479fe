import assert from "node:assert/strict";
import { addModel } from "../../../../src/host/models/add/addModel.ts";
import { modelWishSchema } from "../../../../src/host/models/add/modelWish.ts";
import { ModelsRig } from "./modelsRig.ts";

const key = "sk-test-0123456789";

describe("Add Model, run by a keybinding", () => {
  it("asks for nothing that a keybinding says", async () => {
    const rig = new ModelsRig([]);
    await addModel(
      rig.deps,
      modelWishSchema.parse({
        preset: "compatible",
        url: { url: "http://127.0.0.1:9999/v1/" },
        auth: { kind: "secret" },
        key,
        model: "m",
        id: "mine",
      }),
    );
    assert.deepEqual(rig.engines, [
      { id: "mine", wire: "openai-chat", baseUrl: "http://127.0.0.1:9999/v1", auth: { kind: "secret" }, models: ["m"] },
    ]);
    assert.equal(rig.keys.get("mine"), key);
  });

  it("refuses a keybinding that names an unknown vendor, an invalid part, a used ID or what cannot be a key", async () => {
    const refused = async (wish: object, code: string) => {
      const rig = new ModelsRig([]);
      rig.engines = [{ id: "used" }];
      await assert.rejects(addModel(rig.deps, modelWishSchema.parse(wish)), { code });
      assert.equal(rig.engines.length, 1);
    };
    await refused({ preset: "nobody" }, "NOT_FOUND");
    await refused({ preset: "compatible", url: { url: "nowhere" } }, "VALIDATION_FAILED");
    await refused({ preset: "openai", id: "used" }, "VALIDATION_FAILED");
    await refused({ preset: "openai", id: "kiro" }, "VALIDATION_FAILED");
    await refused({ preset: "openai", auth: { kind: "secret" }, key: "line\nbreak" }, "VALIDATION_FAILED");
  });
});
