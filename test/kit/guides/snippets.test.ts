import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tableOf } from "../../support/checks/promises.ts";
import { type GuideBridge, startGuideBridge } from "../../support/guides/guideBridge.ts";
import { checkAgainstSchema, checkSettings } from "../../support/guides/checkJson.ts";
import { compileSnippets, runSnippets, runUntil, sendHttp } from "../../support/guides/runSnippets.ts";
import { blocksOf, hasOutput, type Snippet } from "../../support/guides/snippets.ts";
import { ERRORS, errorCodes } from "../../../src/protocol/errors.ts";

const snippet = (language: string, code: string, how: Snippet["how"] = { kind: "run" }): Snippet => ({
  place: `guide.md:${language}`,
  language,
  code,
  how,
});

describe("The snippets of a document", () => {
  it("are its fenced blocks, with the comments above them and the output below them", () => {
    const text =
      "a\n\n<!-- name: it -->\n```sh\necho 1\n```\n\n```text\n1\n```\n\n<!-- not run: no such program -->\n```lua\nx\n```\n";
    assert.deepEqual(blocksOf("guide.md", text), [
      { place: "guide.md:4", language: "sh", code: "echo 1\n", how: { kind: "run" }, name: "it", output: "1\n" },
      { place: "guide.md:13", language: "lua", code: "x\n", how: { kind: "not run", reason: "no such program" } },
    ]);
  });

  it("may not have comments that nobody reads, or output of nothing", () => {
    assert.throws(() => blocksOf("guide.md", "<!-- notrun: oops -->\n```sh\n```\n"), /guide\.md:2.*nobody reads/);
    assert.throws(() => blocksOf("guide.md", "```text\n1\n```\n"), /guide\.md:1/);
  });

  it("show an output in which … is any text, in this order", () => {
    assert.ok(hasOutput('x {"a":1,"b":[2]} y\nend', '{"a":…"b":[…]}\n…\nend\n'));
    assert.ok(!hasOutput("b then a", "a…b"));
  });
});

describe("A snippet fails the tests", () => {
  let guide: GuideBridge;

  before(async () => {
    guide = await startGuideBridge();
  });

  after(() => guide.dispose());

  for (const [language, code] of [
    ["sh", 'curl -sS "http://127.0.0.1:1/"\n'],
    ["js", "throw new Error('broken');\n"],
    ["ts", "const broken: number = JSON.parse('x');\n"],
  ] as const) {
    it(`when it fails as ${language}, and is named`, async () => {
      const fine = snippet(language, language === "sh" ? "echo fine\n" : "console.log('fine');\n");
      assert.deepEqual(await runSnippets(guide, language, [fine]), ["fine\n"]);
      await assert.rejects(runSnippets(guide, language, [fine, snippet(language, code)]), /guide\.md:\w+ failed/);
    });
  }

  it("when it does not compile", async () => {
    const wrong = 'import { KiroBridgeClient } from "kiro-bridge/client";\nnew KiroBridgeClient(3001);\n';
    assert.match(await compileSnippets(guide, [snippet("ts", wrong)]), /guide_md_ts\.mts\(2,22\): error TS2345/);
  });

  it("when it ends although it should run on", async () => {
    const ends = snippet("sh", "exit 3\n", { kind: "run until", text: "x" });
    await assert.rejects(runUntil(guide, [], ends), /ended without a connection of guide\.md:sh/);
  });

  it("when the bridge rejects its request", async () => {
    await assert.rejects(sendHttp(guide, snippet("http", "GET /api/kiro/nothing\n")), /404/);
  });

  it("when its JSON does not fit the API or the settings", () => {
    assert.throws(() => checkAgainstSchema(snippet("json", '{"success":true}'), "UserInputResponse"));
    const extra = '{"success":true,"executionId":"e","questionId":"q","other":1}';
    assert.throws(() => checkAgainstSchema(snippet("json", extra), "UserInputResponse"), /other/);
    assert.throws(() => checkSettings(snippet("json", '{"kiroBridge.api.nothing":1}')), /do not exist/);
    assert.throws(() => checkSettings(snippet("json", '{"kiroBridge.api.port":"x"}')));
  });
});

describe("The facts of the guides", () => {
  it("have each error code, and are right about which are recoverable", () => {
    const text = readFileSync(join(import.meta.dirname, "../../../docs/guides/errors.md"), "utf8");
    const [, section = ""] = text.split("## What to repeat");
    const rows = tableOf(section.split("\n## ")[0] ?? "").map(([code, recoverable]) => `${code} ${recoverable}`);
    const expected = errorCodes.map((code) => `\`${code}\` ${ERRORS[code].recoverable ? "yes" : "no"}`);
    assert.deepEqual(rows.toSorted(), expected.toSorted());
  });
});
