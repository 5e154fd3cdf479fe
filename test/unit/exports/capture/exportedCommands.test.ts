import assert from "node:assert/strict";
import { compileMaskPatterns } from "../../../../src/core/privacy/maskPatterns.ts";
import { Redactor } from "../../../../src/core/privacy/redactor.ts";
import { ExportedCommands } from "../../../../src/exports/capture/exportedCommands.ts";

describe("The commands that exports name", () => {
  const key = ["gh", "p_Za1Xs2Cd3Vf4Bg5Nh6Mj7"].join("");

  it("exist, and have no secret in their IDs", () => {
    const commands = new ExportedCommands({ has: (id) => id !== "test.none" }, new Redactor());
    const named = ["test.echo", "test.none", `test.${key}`, "test.echo"].map((id) => commands.has(id));
    assert.deepEqual(named, [true, false, false, true]);
  });

  it("are checked again when further texts are secrets", () => {
    const redactor = new Redactor();
    const commands = new ExportedCommands({ has: () => true }, redactor);
    assert.deepEqual([commands.has("acme.falcon"), commands.has("test.opaque-key-1234")], [true, true]);
    redactor.hide("opaque-key-1234");
    assert.deepEqual([commands.has("acme.falcon"), commands.has("test.opaque-key-1234")], [true, false]);
    redactor.configure({ patterns: compileMaskPatterns(["falcon"]).patterns });
    assert.equal(commands.has("acme.falcon"), false);
  });

  it("may be any number", () => {
    const commands = new ExportedCommands({ has: () => true }, new Redactor());
    for (let at = 0; at < 5000; at++) assert.ok(commands.has(`test.command${at}`));
    assert.equal(commands.has(`test.${key}`), false);
  });
});
