import assert from "node:assert/strict";
import fc from "fast-check";
import { ToolNames } from "../../../../../src/gateways/turns/tools/toolNames.ts";

describe("ToolNames", () => {
  it("keeps names that every agent takes", () => {
    const names = new ToolNames(["read_file", "Bash"]);
    assert.equal(names.lent("read_file"), "read_file");
    assert.equal(names.own("Bash"), "Bash");
  });

  it("maps long names, and names with other characters, and gives them back", () => {
    const long = "x".repeat(200);
    const names = new ToolNames(["a.b", "a b", "a_b", long]);
    const lent = ["a.b", "a b", "a_b", long].map((name) => names.lent(name) ?? "");
    assert.equal(new Set(lent).size, 4);
    assert.equal(lent[2], "a_b");
    for (const name of lent) assert.match(name, /^[A-Za-z0-9_-]{1,64}$/);
    assert.equal(names.own(lent[3] ?? ""), long);
  });

  it("does not depend on the order of the tools", () => {
    assert.equal(new ToolNames(["a.b", "c"]).lent("a.b"), new ToolNames(["c", "a.b"]).lent("a.b"));
  });

  it("is one to one for any names", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ maxLength: 80 }), { maxLength: 20 }), (own) => {
        const names = new ToolNames(own);
        const lent = own.map((name) => names.lent(name) ?? "");
        assert.equal(new Set(lent).size, own.length);
        for (const [index, name] of lent.entries()) {
          assert.match(name, /^[A-Za-z0-9_-]{1,64}$/);
          assert.equal(names.own(name), own[index]);
        }
      }),
    );
  });
});
