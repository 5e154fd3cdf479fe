import assert from "node:assert/strict";
import { createOpenAiChat } from "../../../../../../src/agents/models/openai/chat/openAiChat.ts";
import { sseData } from "../../../../../support/models/forms/events.ts";
import { chatStream, openAiChat } from "../../../../../support/models/forms/openAiChat.ts";
import { ModelServer } from "../../../../../support/models/modelServer.ts";
import { collected, NO_ABORT, stepRequest, wireOptions } from "../../../../../support/models/wireOptions.ts";
import { assertWholeStep, WHOLE_ANSWER } from "../../../../../support/models/wholeStep.ts";
import { describeBadInput } from "../../../../../support/models/wireTests.ts";

describeBadInput({
  settings: { wire: "openai-chat" },
  basePath: "/v1",
  create: createOpenAiChat,
  streamOf: chatStream,
  deltaOf: (content) => sseData({ choices: [{ index: 0, delta: { content } }] }),
  overloaded: sseData({ error: { type: "server_error", message: "The server is busy" } }),
  broken: "data: {broken\n\n",
  keyOf: ({ authorization }) => authorization?.replace("Bearer ", ""),
});

describe("The chat protocol of OpenAI", () => {
  let server: ModelServer;
  beforeEach(async () => (server = await ModelServer.start()));
  afterEach(async () => await server.dispose());

  const step = async (fields: Parameters<typeof stepRequest>[0] = {}, settings: object = {}) =>
    await collected(
      createOpenAiChat(wireOptions({ baseUrl: `${server.url}/v1`, ...settings }, "key-1")).stream(
        stepRequest(fields),
        NO_ABORT,
      ),
    );

  it("streams text, reasoning and calls, and ends with the whole step", async () => {
    server.reply(openAiChat(WHOLE_ANSWER));
    assertWholeStep(await step(), {
      opaque: {
        type: "opaque",
        wire: "openai-chat",
        model: "test-model",
        data: { reasoning: { reasoning_content: "Short." } },
      },
      usage: { reasoningTokens: 3 },
    });
    const { url, headers, json } = server.at(0);
    assert.equal(url, "/v1/chat/completions");
    assert.equal(headers["authorization"], "Bearer key-1");
    assert.deepEqual(json, {
      model: "test-model",
      messages: [{ role: "user", content: "Hi" }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });
});
