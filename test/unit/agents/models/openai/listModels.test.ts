import assert from "node:assert/strict";
import { createOpenAiChat } from "../../../../../src/agents/models/openai/chat/openAiChat.ts";
import { failureOf } from "../../../../support/models/failedSteps.ts";
import { ModelServer } from "../../../../support/models/modelServer.ts";
import { NO_ABORT, wireOptions } from "../../../../support/models/wireOptions.ts";

const jsonReply = (body: object) => ({ body: JSON.stringify(body) });

describe("The models of OpenAI's protocols", () => {
  let server: ModelServer;
  beforeEach(async () => (server = await ModelServer.start()));
  afterEach(async () => await server.dispose());
  const list = async (settings: object = {}) =>
    await createOpenAiChat(wireOptions({ baseUrl: `${server.url}/v1`, ...settings }, "key-1")).listModels(NO_ABORT);

  it("are what the vendor lists", async () => {
    server.reply(
      jsonReply({
        object: "list",
        data: [{ id: "a", object: "model" }, { id: "b", name: "Model B" }, { name: "c" }, 5],
      }),
    );
    assert.deepEqual(await list(), [
      { id: "a", name: "a" },
      { id: "b", name: "Model B" },
    ]);
    assert.equal(server.at(0).url, "/v1/models");
    assert.equal(server.at(0).headers["authorization"], "Bearer key-1");
    server.reply(jsonReply([{ id: "x" }]));
    assert.deepEqual(await list(), [{ id: "x", name: "x" }]);
  });

  it("are none for deployments of Azure, which has no list of them", async () => {
    assert.deepEqual(await list({ apiVersion: "2024-10-21" }), []);
    assert.equal(server.requests.length, 0);
  });

  it("are refused if they are no list", async () => {
    server.reply(jsonReply({ models: [] }), { status: 404, body: '{"error":{"message":"no"}}' });
    assert.equal((await failureOf(list())).kind, "protocol");
    assert.equal((await failureOf(list())).kind, "not-found");
  });
});
