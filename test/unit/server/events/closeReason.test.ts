import assert from "node:assert/strict";
import { closeReason } from "../../../../src/server/events/closeReason.ts";

describe("closeReason", () => {
  it("leaves a short text as it is", () =>
    assert.equal(closeReason("Schön, daß Du da warst."), "Schön, daß Du da warst."));

  it("cuts a long text at the end of a character, within the bytes of a close frame", () => {
    for (const text of ["a".repeat(500), "ä".repeat(500), `a${"€".repeat(500)}`, `ab${"😀".repeat(500)}`]) {
      const reason = closeReason(text);
      assert.ok(text.startsWith(reason), reason);
      assert.ok(Buffer.byteLength(reason) > 116 && Buffer.byteLength(reason) <= 123, reason);
    }
  });
});
