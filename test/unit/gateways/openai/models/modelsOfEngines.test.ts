import assert from "node:assert/strict";
import { type ModelBridge, startModelBridge } from "../../../../support/gateways/startModelBridge.ts";

describe("The models of engines in GET /v1/models", () => {
  let models: ModelBridge;
  before(async () => {
    const settings = { "gateways.modelAliases": { "gpt-4o": "chat/large" } };
    models = await startModelBridge({ settings: () => (key: string) => Reflect.get(settings, key) });
  });
  after(() => models.dispose());

  it("are an engine for its default, and those that its vendor lists, in the form of OpenAI", async () => {
    const { json } = await models.call("/v1/models");
    const own = Object(json).data.filter(({ owned_by: owner }: { readonly owned_by: string }) => owner === "chat");
    assert.deepEqual(own, [
      { id: "chat", object: "model", created: 0, owned_by: "chat" },
      { id: "chat/small", object: "model", created: 0, owned_by: "chat" },
      { id: "chat/large", object: "model", created: 0, owned_by: "chat" },
      { id: "gpt-4o", object: "model", created: 0, owned_by: "chat" },
    ]);
  });

  it("are in the form of Anthropic as well", async () => {
    const headers = { "anthropic-version": "2023-06-01" };
    const { json } = await models.call("/v1/models", { headers });
    const found = Object(json).data.find(({ id }: { readonly id: string }) => id === "anthropic/small");
    const created_at = "1970-01-01T00:00:00.000Z";
    assert.deepEqual(found, {
      type: "model",
      id: "anthropic/small",
      display_name: "ANTHROPIC: Model small",
      created_at,
    });
    const one = await models.call("/v1/models/anthropic/small", { headers });
    assert.deepEqual(one.json, found);
  });

  it("are found by their ID, encoded or not", async () => {
    for (const id of ["copilot", "chat%2Flarge", "chat/large"]) {
      const { status, json } = await models.call(`/v1/models/${id}`);
      assert.deepEqual([status, Object(json).id], [200, decodeURIComponent(id)]);
    }
    assert.equal((await models.call("/v1/models/chat/none")).status, 404);
  });
});
