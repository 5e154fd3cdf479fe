import assert from "node:assert/strict";
import fc from "fast-check";
import { isNear, NameIndex } from "../../../../src/core/commands/nearest.ts";

const letters = fc.string({ unit: fc.constantFrom("a", "b", "c", "."), maxLength: 8 });

describe("NameIndex", () => {
  const index = new NameIndex(["editor.fold", "editor.unfold", "editor.action.formatDocument", "x"]);

  it("finds the names most similar to a misspelt one, best first", () => {
    assert.deepEqual(index.nearest("editor.fol", 3), ["editor.fold"]);
    assert.deepEqual(index.nearest("EDITOR.action.formatDocumnet", 1), ["editor.action.formatDocument"]);
    const numbered = new NameIndex(["view.terminal2", "view.terminals", "view.terminal"]);
    assert.deepEqual(numbered.nearest("view.termina", 3), ["view.terminal", "view.terminal2", "view.terminals"]);
    assert.deepEqual(numbered.nearest("view.termina", 1), ["view.terminal"]);
  });

  it("finds none where none is near", () => {
    for (const name of ["", "y", "completely.other", "editor.fold".repeat(100), "editor.open", "editor.action.paste"]) {
      assert.deepEqual(index.nearest(name, 3), [], name);
    }
  });

  it("does not treat a long common prefix as similarity", () => {
    const names = new NameIndex(["workbench.action.terminal.kill", "workbench.action.terminal.new", "kiro.cli.status"]);
    assert.deepEqual(names.nearest("workbench.action.terminal.zoom", 3), []);
    assert.deepEqual(names.nearest("kiro.cli.chat", 3), []);
  });

  it("finds a name with the same last segment, if that is long enough", () => {
    const names = new NameIndex([
      "workbench.action.files.newUntitledFile",
      "workbench.files.open",
      "editor.action.formatDocument",
    ]);
    assert.deepEqual(names.nearest("workbench.action.newUntitledFile", 3), ["workbench.action.files.newUntitledFile"]);
    assert.deepEqual(names.nearest("formatDocument", 3), ["editor.action.formatDocument"]);
    assert.deepEqual(names.nearest("workbench.action.open", 3), []);
  });

  it("suggests no name to itself", () => {
    assert.deepEqual(index.nearest("editor.fold", 3), []);
    assert.deepEqual(index.nearest("Editor.Fold", 3), ["editor.fold"]);
  });

  it("allows one edit for every four letters of the part that differs", () => {
    assert.ok(isNear("test.ecko", "test.echo"));
    assert.ok(isNear("test.ehco", "test.echo"));
    assert.ok(!isNear("test.args", "test.echo"));
    assert.ok(!isNear("test.ab", "test.ac"));
    assert.ok(isNear("clouseAllGroups", "closeAllGroup"));
  });

  it("agrees with comparing every name in full", () => {
    fc.assert(
      fc.property(letters, fc.uniqueArray(letters, { maxLength: 12 }), (wanted, names) => {
        const near = names.filter((name) => name !== wanted && likeness(wanted, name) >= 0.5 && isNear(wanted, name));
        const best = near.map((name) => likeness(wanted, name));
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
