import assert from "node:assert/strict";
import { rankCommands } from "../../../src/tools/table/commandRank.ts";

const commands = [
  { id: "editor.action.formatDocument", title: "Format Document", allowed: true },
  { id: "editor.action.formatDocument.multiple", title: "Format Document With…", allowed: true },
  { id: "editor.action.formatSelection", title: "Format Selection", allowed: true },
  { id: "git.commit", title: "Git: Commit", allowed: true },
  { id: "git.commitAll", title: "Git: Commit All", allowed: false },
  { id: "test.reformatted", allowed: true },
];

function idsFor(query: string): string[] {
  return rankCommands(commands, query).map(({ id }) => id);
}

describe("The rank of a command", () => {
  it("is best for the one whose words are all there, and for the shorter one of two", () => {
    assert.deepEqual(idsFor("format document"), [
      "editor.action.formatDocument",
      "editor.action.formatDocument.multiple",
    ]);
  });

  it("is better for a whole word than for a part of one", () => {
    assert.equal(idsFor("format").at(-1), "test.reformatted");
  });

  it("finds words inside an ID, whose parts begin with capital letters", () => {
    assert.equal(idsFor("commit all")[0], "git.commitAll");
  });

  it("prefers the exact ID, and of two alike the one that is allowed", () => {
    assert.equal(idsFor("git.commit")[0], "git.commit");
    assert.deepEqual(idsFor("commit"), ["git.commit", "git.commitAll"]);
  });

  it("leaves out filler words where no command has them all", () => {
    assert.equal(idsFor("format the document")[0], "editor.action.formatDocument");
  });

  it("is that of the list without words, and finds nothing for a word that none has", () => {
    assert.deepEqual(
      idsFor("  "),
      commands.map(({ id }) => id),
    );
    assert.deepEqual(idsFor("zzz"), []);
  });
});
