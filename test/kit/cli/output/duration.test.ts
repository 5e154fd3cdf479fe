import assert from "node:assert/strict";
import { shownDuration } from "../../../../src/cli/output/duration.ts";

describe("A duration", () => {
  it("is carried over to the next unit when it is rounded", () => {
    const shown = [0, 999.4, 999.6, 1250, 59_940, 59_960, 119_400, 119_600, 3_600_000].map(shownDuration);
    const wanted = ["0 ms", "999 ms", "1.0 s", "1.3 s", "59.9 s", "1 min 0 s", "1 min 59 s", "2 min 0 s", "60 min 0 s"];
    assert.deepEqual(shown, wanted);
  });
});
