import assert from "node:assert/strict";
import { targetName } from "../../../../../src/dashboard/page/look/format.ts";

describe("targetName", () => {
  it("names the targets of every bridge, and keeps the ID of another one", () => {
    assert.deepEqual(["editor", "cli", "gateway"].map(targetName), ["Editor", "Kiro CLI", "gateway"]);
  });
});
