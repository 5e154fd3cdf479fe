import assert from "node:assert/strict";
import { statusIcon, statusLabel } from "../../../../../src/dashboard/page/look/statusIcon.ts";

/** Returns all texts of a template, also of those inside it. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  const values: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "values") : undefined;
  return Array.isArray(values) ? values.flatMap(textsOf) : [];
}

describe("The icon of an execution that waits", () => {
  it("is that of a question only if somebody can answer it", () => {
    assert.deepEqual(textsOf(statusIcon("waiting-input")), ["warn", "\ueb32"]);
    assert.deepEqual(textsOf(statusIcon("waiting-input", "caller-tool")), ["dim", "\ueb6d"]);
  });

  it("is the same beside its words", () => {
    const words = textsOf(statusLabel("waiting-input", "caller-tool"));
    assert.deepEqual(words, ["dim", "\ueb6d", "Waiting for a tool of its client"]);
  });
});
