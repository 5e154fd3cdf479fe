import assert from "node:assert/strict";
import { diffsOf } from "../../../../../src/agents/kiro/acp/diffs.ts";

const diff = (newText: string, oldText: string | null = null) => ({ type: "diff", path: "/a", oldText, newText });

describe("diffsOf", () => {
  it("reads diffs alone, and none of what is malformed", () => {
    const noise = [undefined, null, 1, { type: "content" }, { type: "diff" }, { type: "diff", path: 1, newText: "" }];
    assert.equal(diffsOf(noise), undefined);
    assert.equal(diffsOf(undefined), undefined);
    assert.deepEqual(diffsOf([...noise, diff("b", "a")]), [{ path: "/a", oldText: "a", newText: "b" }]);
  });

  it("truncates texts, and says so", () => {
    const [found, ...more] = diffsOf([diff("n".repeat(200_000), "o".repeat(200_000)), diff("x")]) ?? [];
    assert.deepEqual([found?.newText.length, found?.oldText?.length, found?.isTruncated], [32_768, 32_768, true]);
    assert.deepEqual(more, [{ path: "/a", newText: "", isTruncated: true }]);
  });

  it("keeps a bounded number of them", () => {
    assert.equal(diffsOf(Array.from({ length: 1000 }, () => diff("x")))?.length, 20);
  });
});
