import assert from "node:assert/strict";
import { extractTexts } from "../../../scripts/l10n/extract.mjs";
import { mergeParts, problemsOf } from "../../../scripts/l10n/translation.mjs";

const never = () => false;
const source = (code: string) => [
  { file: "a.ts", contents: `import * as l10n from "@vscode/l10n";\nexport const text = ${code};\n` },
];

describe("The extraction of texts", () => {
  it("finds each text once, in order, and those with a comment by both", async () => {
    const code = 'l10n.t("b {0}", l10n.t("a")) + l10n.t("a") + l10n.t({ message: "Open", comment: "A state" })';
    assert.deepEqual(Object.entries(await extractTexts(source(code))), [
      ["Open/A state", { message: "Open", comment: ["A state"] }],
      ["a", "a"],
      ["b {0}", "b {0}"],
    ]);
  });

  it("finds a text with quotes, however it is written", async () => {
    const code = `l10n.t('It needs "{0}"', host) + l10n.t("'a' \\"b\\"")`;
    assert.deepEqual(Object.keys(await extractTexts(source(code))), [`'a' "b"`, 'It needs "{0}"']);
  });

  for (const [name, code] of [
    ["a computed text", "l10n.t(someText)"],
    ["joined texts", 'l10n.t("one " + "two")'],
    ["a template", "l10n.t(`one ${two}`)"],
  ] as const) {
    it(`refuses ${name}, which no bundle can have`, async () => {
      await assert.rejects(extractTexts(source(code)), /^Error: a\.ts: a call of l10n\.t has no literal/);
    });
  }

  it("refuses a text of which it does not know the import", async () => {
    const contents = 'import { l10n } from "./own.ts";\nl10n.t("lost");\n';
    await assert.rejects(extractTexts([{ file: "a.ts", contents }]), /"lost" is not found/);
  });
});

describe("The check of a translation", () => {
  it("accepts a complete one", () => {
    const english = { "Port {0}": "Port {0}", "Open/A state": { message: "Open", comment: ["A state"] } };
    const isSame = (text: string) => text === "Port {0}";
    assert.deepEqual(problemsOf(english, { "Port {0}": "Port {0}", "Open/A state": "Offen" }, isSame), []);
  });

  for (const [problem, english, german] of [
    ["missing", "Stop", undefined],
    ["empty", "Stop", " "],
    ["still English", "Stop", "Stop"],
    ["not the same", "Port {0} of {1}", "Port {0} von {0}"],
    ["not the same", "With {name}", "Mit {Name}"],
    ["not the same", "Set `a.b`", "`a.c` festlegen"],
    ["not the same", "See `#kiroBridge.api.port#`", "Siehe `kiroBridge.api.port`"],
    ["not the same", "$(add) Add", "$(plus) Hinzufügen"],
    ["not the same", "[Open](command:a)", "[Öffnen](command:b)"],
    ["not the same white space", "It said: ", "Antwort:"],
  ] as const) {
    it(`finds what is ${problem}: ${english}`, () => {
      const translated = german === undefined ? {} : { key: german };
      const problems = problemsOf({ key: english }, translated, never);
      assert.equal(problems.length > 0, true);
      for (const each of problems) assert.ok(each.startsWith(problem), each);
    });
  }

  it("finds what is left over, and a text that should be the same", () => {
    assert.deepEqual(problemsOf({}, { Stop: "Beenden" }, never), ['left over: "Stop"']);
    const [problem = ""] = problemsOf({ Stop: "Stop" }, { Stop: "Beenden" }, () => true);
    assert.match(problem, /^in the list of texts that are the same/);
  });

  it("refuses a text that two parts translate differently", () => {
    assert.throws(
      () => mergeParts({ "host.json": { a: "b" }, "dashboard.json": { a: "c" } }),
      /dashboard\.json translates "a" differently/,
    );
  });
});
