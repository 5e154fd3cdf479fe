import assert from "node:assert/strict";
import fc from "fast-check";
import { NameIndex } from "../../../../src/core/commands/nearest.ts";

const letters = fc.string({ unit: fc.constantFrom("a", "b", "c", "."), maxLength: 8 });

describe("NameIndex", () => {
  const index = new NameIndex(["editor.fold", "editor.unfold", "editor.action.formatDocument", "x"]);

  it("finds the names that are most like a misspelt one, best first", () => {
    assert.deepEqual(index.nearest("editor.fol", 3), ["editor.fold", "editor.unfold"]);
    assert.deepEqual(index.nearest("EDITOR.action.formatDocumnet", 1), ["editor.action.formatDocument"]);
    assert.deepEqual(index.nearest("editor.fol", 1), ["editor.fold"]);
  });

  it("finds none where none is like it", () => {
    for (const name of ["", "y", "completely.other", "editor.fold".repeat(100)]) {
      assert.deepEqual(index.nearest(name, 3), [], name);
    }
  });

  it("agrees with comparing each name by itself", () => {
    fc.assert(
      fc.property(letters, fc.uniqueArray(letters, { maxLength: 12 }), (wanted, names) => {
        const best = names.filter((name) => likeness(wanted, name) >= 0.5).map((name) => likeness(wanted, name));
        const found = new NameIndex(names).nearest(wanted, 3).map((name) => likeness(wanted, name));
        assert.deepEqual(found, best.toSorted((a, b) => b - a).slice(0, 3));
      }),
    );
  });
});

function likeness(a: string, b: string): number {
  const [one, two] = [a, b].map((text) => new Set(text.split("").map((_, at) => text.slice(at, at + 2))));
  assert.ok(one !== undefined && two !== undefined);
  for (const pairs of [one, two]) for (const pair of pairs) if (pair.length < 2) pairs.delete(pair);
  return (2 * [...one].filter((pair) => two.has(pair)).length) / Math.max(1, one.size + two.size);
}
