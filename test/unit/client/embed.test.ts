import assert from "node:assert/strict";
import { KiroBridgeClient } from "../../../src/client/client.ts";
import type { EmbedRequest } from "../../../src/core/models/modelCall.ts";
import { BridgeError } from "../../../src/protocol/errors.ts";
import { type ModelBridge, startModelBridge } from "../../support/gateways/startModelBridge.ts";

describe("The embeddings of the SDK", () => {
  let models: ModelBridge;
  let client: KiroBridgeClient;
  before(async () => {
    models = await startModelBridge();
    client = new KiroBridgeClient(models.origin, { token: models.client.token });
  });
  after(async () => {
    await client.close();
    await models.dispose();
  });

  it("are the vectors of an engine, in the order of the texts", async () => {
    const asked: EmbedRequest[] = [];
    models.chat.answer = async (call) => {
      assert.ok(call.kind === "embed");
      asked.push(call.request);
      const vectors = call.request.input.map((_text, index) => [index, -0.5, 0.25]);
      call.onResult({ vectors, model: "vectors-1", inputTokens: 7 });
    };
    const found = await client.embed({ model: "chat/v", input: ["a", "b"], dimensions: 3 });
    const vectors = [
      [0, -0.5, 0.25],
      [1, -0.5, 0.25],
    ];
    assert.deepEqual(found, { vectors, model: "vectors-1", inputTokens: 7 });
    assert.deepEqual(asked, [{ model: "v", input: ["a", "b"], dimensions: 3 }]);
    assert.deepEqual((await client.embed({ model: "chat", input: "a" })).vectors, vectors.slice(0, 1));
  });

  it("are in the window that the client names", async () => {
    const { id: windowId } = models.bridge.core.window.describe();
    models.chat.answer = async (call) => {
      if (call.kind === "embed") call.onResult({ vectors: [[1]], model: "v", inputTokens: 1 });
    };
    assert.equal((await client.embed({ model: "chat", input: "a", windowId })).vectors.length, 1);
    await assert.rejects(client.embed({ model: "chat", input: "a", windowId: "none" }), { code: "NOT_FOUND" });
    await assert.rejects(client.embed({ model: "chat", input: "a", workspacePath: "/none é" }), { code: "NOT_FOUND" });
  });

  it("have errors with a code, the field and the time to wait, as all calls have", async () => {
    await assert.rejects(client.embed({ model: "kiro", input: "a" }), {
      code: "VALIDATION_FAILED",
      status: 400,
      message: /computes no embeddings/,
      context: { field: "model", vendorCode: "unsupported_operation" },
    });
    models.chat.answer = () => {
      const error = new BridgeError("RATE_LIMIT_EXCEEDED", "The limit of the day.");
      error.retryAfterSeconds = 7;
      return Promise.reject(error);
    };
    const limited = { code: "RATE_LIMIT_EXCEEDED", recoverable: true, retryAfterMs: 7000 };
    await assert.rejects(client.embed({ model: "chat", input: "a" }), limited);
  });
});
