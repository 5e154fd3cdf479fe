import assert from "node:assert/strict";
import { executeRequestSchema } from "../../../src/protocol/executions.ts";
import { socketRequestSchema } from "../../../src/protocol/socket.ts";
import { validate } from "../../../src/protocol/validate.ts";

describe("validate", () => {
  it("rejects an object with an incomparable `length` like any other wrong value", () => {
    for (const length of [{ toString: 1 }, { toString: null, valueOf: null }, { toString: {} }]) {
      assert.throws(() => validate(executeRequestSchema, { command: "x", session: { length } }), {
        code: "VALIDATION_FAILED",
        context: { field: "(body)", rule: "type", expected: "values of the documented types", received: "object" },
      });
      assert.throws(() => validate(socketRequestSchema, { id: { length }, method: "status" }), {
        code: "VALIDATION_FAILED",
      });
    }
  });
});
