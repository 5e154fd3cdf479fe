import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import { sentences } from "../../../../src/host/language/sentences.ts";
import { translate } from "../../../../src/host/language/translate.ts";

const root = join(import.meta.dirname, "../../../..");
const german: unknown = JSON.parse(readFileSync(join(root, "l10n/bundle.l10n.de.json"), "utf8"));

/** The literals of the sources, with {0} for each value in them. */
function literals(): Set<string> {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  const known = new Set<string>();
  for (const file of files.filter((name) => name.endsWith(".ts") && !name.endsWith("sentences.ts"))) {
    const code = readFileSync(join(root, "src", file), "utf8");
    for (const [, quoted = "", template = ""] of code.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g))
      known.add((quoted || template).replaceAll(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, "{}").replaceAll('\\"', '"'));
  }
  return known;
}

describe("The translation of sentences from the rooms below", () => {
  beforeEach(() => l10n.config({ contents: JSON.stringify(german) }));
  afterEach(() => l10n.config({ contents: {} }));

  it("translates a sentence with its values", () => {
    assert.equal(translate("Another program uses port 3001."), "Ein anderes Programm verwendet Port 3001.");
  });

  it("translates several sentences, and the reasons in them", () => {
    assert.equal(
      translate(
        "The bridge cannot listen on 127.0.0.1: Another program uses port 3001. No question is waiting for an answer.",
      ),
      "Die Bridge kann nicht an 127.0.0.1 lauschen: Ein anderes Programm verwendet Port 3001. Keine Frage wartet auf eine Antwort.",
    );
  });

  it("leaves what it does not know, alone or after a sentence that it knows", () => {
    assert.equal(translate("Something else."), "Something else.");
    assert.equal(
      translate("No program was let in. Something else."),
      "Es wurde kein Programm zugelassen. Something else.",
    );
    assert.equal(translate(""), "");
  });

  it("does not read placeholders in values of programs", () => {
    assert.equal(translate("Another program uses port {0}{1}."), "Ein anderes Programm verwendet Port {0}{1}.");
  });

  it("leaves a text that is too long for a message", () => {
    const hostile = `Port ${"is used by ".repeat(20_000)}`;
    assert.equal(translate(hostile), hostile);
  });

  it("leaves English as it is", () => {
    l10n.config({ contents: {} });
    for (const sentence of sentences) assert.equal(translate(sentence), sentence);
  });

  it("knows sentences of the sources only", () => {
    const known = literals();
    const all = [...known].join("\n");
    const lost = sentences.filter((sentence) => {
      const text = sentence.replaceAll(/\{\d\}/g, "{}");
      return !known.has(text) && !all.includes(text);
    });
    assert.deepEqual(lost, []);
  });
});
