import assert from "node:assert/strict";
import { busyText } from "../../../../src/host/status/busyText.ts";

describe("busyText", () => {
  it("says what a stop would end, and that callers receive an error", () => {
    const text = (running: number, queued: number) => busyText({ running, queued, waitingForInput: 0 });
    assert.equal(text(0, 0), undefined);
    assert.equal(text(1, 0), "1 command is running. Its caller receives an error (503).");
    assert.equal(text(2, 1), "2 commands are running. 1 command is queued. Their callers receive an error (503).");
  });
});
