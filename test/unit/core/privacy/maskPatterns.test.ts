import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ownerProgram } from "../../../../src/core/access/principal.ts";
import { compileMaskPatterns } from "../../../../src/core/privacy/maskPatterns.ts";
import { Redactor } from "../../../../src/core/privacy/redactor.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { startTestBridge } from "../../../support/testBridge.ts";

function mask(text: string, ...sources: string[]): string {
  const { patterns, problems } = compileMaskPatterns(sources);
  assert.deepEqual(problems, []);
  return new Redactor({ patterns }).text(text);
}

describe("The user's patterns of what is masked", () => {
  it("match themselves, and runs without white space and quotes where they have *", () => {
    assert.equal(mask("about Project Falcon.", "Project Falcon"), "about (hidden).");
    assert.equal(mask('id "acme_12ab" and acme_', "acme_*"), 'id "(hidden)" and (hidden)');
    assert.equal(mask("mail ann.b@corp.example now", "*@corp.example"), "mail (hidden) now");
    assert.equal(mask("xx-abc-1-end, xx-abc 2-end", "xx*abc*end"), "(hidden), xx-abc 2-end");
    assert.equal(mask(`acme_${"x".repeat(300)}`, "acme_*"), `(hidden)${"x".repeat(100)}`);
  });

  it("are not used if they would mask too much, and the others are", () => {
    const { patterns, problems } = compileMaskPatterns(["*", "ab*cd", "a\nbcd", "acme_*"]);
    assert.equal(problems.length, 3);
    assert.match(problems[1] ?? "", /^kiroBridge.privacy.maskPatterns: ab\*cd needs 3 adjacent characters besides \*$/);
    assert.equal(new Redactor({ patterns }).text("ab1cd acme_1"), "ab1cd (hidden)");
  });

  it("take time in proportion to the text, whatever it is", () => {
    const text = "abc".repeat(300_000);
    const { patterns } = compileMaskPatterns(["abc*abd", "*abc*x", "bca*"]);
    assert.ok((patterns?.find(text).length ?? 0) > 0);
  });

  it("mask in every place as soon as the setting has changed", async () => {
    const folder = await temporaryFolder();
    const lines: string[] = [];
    const log = (text: string, facts?: object): void => void lines.push(text + JSON.stringify(facts ?? {}));
    let sources: string[] = [];
    const bridge = await startTestBridge({
      settings: () => (key) => (key === "privacy.maskPatterns" ? sources : undefined),
      logger: { debug: log, info: log, warn: log, error: log },
      journal: { folder: join(folder, "history") },
      audit: { folder: join(folder, "audit"), content: "text" },
    });
    try {
      sources = ["acme_*", "*"];
      bridge.applySettings();
      assert.ok(lines.some((line) => line.includes("A pattern is not used")));
      const caller = { ...ownerProgram, program: "acme_program" };
      const { id, settled } = await bridge.core.dispatcher.submit(
        { command: "test.echo", args: ["acme_text"] },
        caller,
      );
      await settled;
      assert.equal((await bridge.core.history.get(id))?.args[0], "acme_text");
      assert.doesNotMatch(JSON.stringify(await bridge.core.history.exportRun(id)), /acme_/);
      assert.ok(lines.some((line) => line.includes("(hidden)")));
      assert.doesNotMatch(lines.join("\n"), /acme_[pt]/);
      await bridge.dispose();
      const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".jsonl"));
      const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
      assert.ok(texts.filter((text) => text.includes("(hidden)")).length >= 2, "the history and the audit log");
      for (const text of texts) assert.doesNotMatch(text, /acme_[pt]/);
    } finally {
      await bridge.dispose();
      await removeFolder(folder);
    }
  });
});
