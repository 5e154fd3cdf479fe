import assert from "node:assert/strict";
import { isoTime } from "../../../src/base/isoTime.ts";

describe("isoTime", () => {
  it("formats every time as Date does, whatever was formatted before", () => {
    for (const ms of [0, 1, 16, 1, 1_795_000_000_000, 1_795_000_000_016, 1_795_000_000_000, 8.64e15, 0]) {
      assert.equal(isoTime(ms), new Date(ms).toISOString());
    }
  });
});
