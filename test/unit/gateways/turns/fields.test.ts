import assert from "node:assert/strict";
import { type FieldRow, moreThan, oneOf, otherThan, readFields } from "../../../../src/gateways/turns/fields.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";

const table: readonly FieldRow[] = [
  { field: "model", support: "mapped", note: "The model." },
  { field: "n", support: "refused", note: "Send one request for each answer.", values: moreThan(1) },
  { field: "n", support: "supported", note: "1 is what you get." },
  { field: "logprobs", support: "refused", note: "Leave it out.", values: oneOf(true) },
  { field: "temperature", support: "ignored", note: "No effect." },
  { field: "max_tokens", support: "ignored", note: "No effect.", setting: "gateways.enforceMaxTokens" },
  { field: "tools", support: "supported", note: "Lent." },
  { field: "tools[].type", support: "ignored", note: "Only functions are lent.", values: otherThan("function") },
  { field: "messages[].content[].image_url.url", support: "refused", note: "Send data.", values: otherThan("data") },
];

/** The context of the error, with its message. */
function refusalOf(body: Record<string, unknown>) {
  try {
    readFields(body, table);
  } catch (error) {
    assert.ok(isBridgeError(error));
    return { code: error.code, message: error.message, field: error.context?.["field"], rule: error.context?.["rule"] };
  }
  return undefined;
}

describe("The fields of a protocol", () => {
  it("are accepted in silence if they are supported", () => {
    assert.deepEqual(readFields({ model: "kiro", n: 1, logprobs: false, tools: [{ type: "function" }] }, table), []);
  });

  it("are named if they have no effect", () => {
    assert.deepEqual(readFields({ temperature: 0.5 }, table), ["temperature"]);
  });

  it("are not named if a setting gives them an effect", () => {
    const body = { max_tokens: 5, temperature: 0.5 };
    assert.deepEqual(readFields(body, table), ["temperature", "max_tokens"]);
    assert.deepEqual(readFields(body, table, { "gateways.enforceMaxTokens": true }), ["temperature"]);
  });

  it("are named with their index if only some elements have no effect", () => {
    const tools = [{ type: "function" }, { type: "web_search" }, { name: "no type" }, "no object"];
    assert.deepEqual(readFields({ tools }, table), ["tools[1].type"]);
  });

  it("are refused with their path and what to do instead", () => {
    assert.deepEqual(refusalOf({ n: 2 }), {
      code: "VALIDATION_FAILED",
      message: "n: Send one request for each answer.",
      field: "n",
      rule: "unsupported",
    });
  });

  it("are refused with the path of the element", () => {
    const image = { image_url: { url: "https://example.org/a.png" } };
    const messages = [{ content: "text" }, { content: [{ text: "a" }, image] }];
    assert.equal(refusalOf({ messages })?.field, "messages[1].content[1].image_url.url");
  });

  it("count as absent if they are null", () => {
    assert.deepEqual(readFields({ n: null, temperature: null, unheard: null }, table), []);
  });

  it("that nobody knows are ignored and named", () => {
    assert.deepEqual(readFields({ model: "kiro", frobnicate: { deep: true } }, table), ["frobnicate"]);
  });

  it("that inherit a name from Object are no fields of the body", () => {
    assert.deepEqual(readFields({ messages: [{ content: [{ image_url: {} }] }] }, table), []);
    const inherited: FieldRow = { field: "user.constructor", support: "refused", note: "Leave it out." };
    assert.deepEqual(readFields({ user: {} }, [inherited]), []);
  });

  it("have names that fit a header", () => {
    const hostile = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`a${index}`, 1]));
    assert.equal(readFields(hostile, table).length, 32);
    assert.deepEqual(readFields({ "x\r\nSet-Cookie: a, b\u{1f600}": 1 }, table), ["x??Set-Cookie??a??b?"]);
    assert.equal(readFields({ ["y".repeat(5000)]: 1 }, table)[0]?.length, 64);
  });
});
