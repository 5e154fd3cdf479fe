import assert from "node:assert/strict";
import { countTokens } from "../../../../src/gateways/anthropic/countTokens.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";

const text = (length: number): string => "x".repeat(length);
const body = { model: "kiro", messages: [{ role: "user", content: text(400) }] };

describe("countTokens", () => {
  it("estimates a quarter of the bytes of all that the agent would get", () => {
    assert.deepEqual(countTokens(body), { inputTokens: 100, ignored: [] });
    const messages = [...body.messages, { role: "assistant", content: text(40) }];
    assert.equal(countTokens({ ...body, messages, system: text(80) }).inputTokens, 130);
    const tools = [
      { name: "read", description: text(400), input_schema: {} },
      { type: "web_search_1", name: "web" },
    ];
    assert.ok(countTokens({ ...body, tools }).inputTokens > 200);
  });

  it("names what has no effect, and needs no length of the answer", () => {
    assert.deepEqual(countTokens({ ...body, max_tokens: 5 }, "beta-1").ignored, ["betas", "max_tokens"]);
  });

  it("refuses what a message would be refused", () => {
    const image = { type: "image", source: { type: "url", url: "http://127.0.0.1:1/" } };
    for (const members of [
      { messages: [{ role: "user", content: [image] }] },
      { model: undefined },
      { messages: [] },
    ]) {
      assert.throws(
        () => countTokens({ ...body, ...members }),
        (error) => isBridgeError(error) && error.code === "VALIDATION_FAILED",
      );
    }
  });
});
