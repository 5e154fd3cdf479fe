import assert from "node:assert/strict";
import { replayKeyOf, requestBodyOf } from "../../../../src/gateways/turns/requestBody.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";

describe("The body of a request to a gateway", () => {
  it("must be an object", () => {
    for (const body of [undefined, null, "text", 1, [{ model: "kiro" }]]) {
      assert.throws(() => requestBodyOf(body), { code: "VALIDATION_FAILED" }, JSON.stringify(body));
    }
  });

  it("must not be nested so deeply that later steps overflow", () => {
    const deep: unknown = JSON.parse(`{"metadata":${"[".repeat(50_000)}${"]".repeat(50_000)}}`);
    assert.throws(
      () => requestBodyOf(deep),
      (error) => isBridgeError(error) && error.context?.["field"] === "metadata" && error.context["rule"] === "depth",
    );
  });

  it("must not have so many values that checking them takes long", () => {
    const empty = (count: number) => ({ messages: Array.from({ length: count }, () => ({})) });
    assert.equal(Object.keys(requestBodyOf(empty(50_000))).length, 1);
    assert.throws(() => requestBodyOf(empty(100_000)), { code: "VALIDATION_FAILED" });
  });
});

describe("The key of a repeated request", () => {
  const body = { model: "kiro", messages: [{ role: "user", content: "Hi" }] };
  const key = replayKeyOf("chat", body, {});

  it("is the same for another order of members, and with or without a stream", () => {
    const reordered = { messages: [{ content: "Hi", role: "user" }], model: "kiro" };
    assert.equal(replayKeyOf("chat", reordered, {}), key);
    const streamed = { ...body, stream: true, stream_options: { include_usage: true } };
    assert.equal(replayKeyOf("chat", streamed, {}), key);
  });

  it("is another one for another operation, body or session", () => {
    const others = [
      replayKeyOf("responses", body, {}),
      replayKeyOf("chat", { ...body, model: "kiro/other" }, {}),
      replayKeyOf("chat", body, { session: "mine" }),
    ];
    assert.equal(new Set([key, ...others]).size, 4);
  });
});
