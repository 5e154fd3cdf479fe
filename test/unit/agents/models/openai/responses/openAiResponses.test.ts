import assert from "node:assert/strict";
import { createOpenAiResponses } from "../../../../../../src/agents/models/openai/responses/openAiResponses.ts";
import { namedEvent, sseEvent } from "../../../../../support/models/forms/events.ts";
import {
  ENCRYPTED_CONTENT,
  openAiResponses,
  responsesStream,
} from "../../../../../support/models/forms/openAiResponses.ts";
import { ModelServer } from "../../../../../support/models/modelServer.ts";
import { collected, NO_ABORT, stepRequest, wireOptions } from "../../../../../support/models/wireOptions.ts";
import { assertWholeStep, WHOLE_ANSWER } from "../../../../../support/models/wholeStep.ts";
import { describeBadInput } from "../../../../../support/models/wireTests.ts";

describeBadInput({
  settings: { wire: "openai-responses" },
  basePath: "/v1",
  create: createOpenAiResponses,
  streamOf: responsesStream,
  deltaOf: (delta) => sseEvent(namedEvent("response.output_text.delta", { output_index: 0, content_index: 0, delta })),
  overloaded: sseEvent(
    namedEvent("response.failed", {
      response: { status: "failed", error: { code: "server_error", message: "The server is busy" } },
    }),
  ),
  broken: "data: {broken\n\n",
  keyOf: ({ authorization }) => authorization?.replace("Bearer ", ""),
});

describe("The protocol of responses of OpenAI", () => {
  let server: ModelServer;
  beforeEach(async () => (server = await ModelServer.start()));
  afterEach(async () => await server.dispose());

  const step = async (fields: Parameters<typeof stepRequest>[0] = {}, settings: object = {}) =>
    await collected(
      createOpenAiResponses(wireOptions({ baseUrl: `${server.url}/v1`, ...settings }, "key-1")).stream(
        stepRequest(fields),
        NO_ABORT,
      ),
    );

  it("streams text, reasoning and calls, and ends with the whole step", async () => {
    server.reply(openAiResponses(WHOLE_ANSWER));
    assertWholeStep(await step(), {
      opaque: {
        type: "opaque",
        wire: "openai-responses",
        model: "test-model",
        data: {
          id: "rs_67ccf7eabcd88190b8a5b6c0d3f9b6a20e1a8f3c",
          type: "reasoning",
          encrypted_content: ENCRYPTED_CONTENT,
          summary: [{ type: "summary_text", text: "Short." }],
        },
      },
      usage: { reasoningTokens: 3 },
    });
    const { url, headers, json } = server.at(0);
    assert.equal(url, "/v1/responses");
    assert.equal(headers["authorization"], "Bearer key-1");
    assert.deepEqual(json, {
      model: "test-model",
      input: [{ role: "user", content: "Hi" }],
      stream: true,
      store: false,
      include: ["reasoning.encrypted_content"],
      reasoning: { summary: "auto" },
    });
  });
});
