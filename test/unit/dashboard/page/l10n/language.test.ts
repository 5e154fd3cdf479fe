import assert from "node:assert/strict";
import * as l10n from "@vscode/l10n";
import { inLanguage, plural, setLanguage, withNodes } from "../../../../../src/dashboard/page/l10n/language.ts";
import { ago, clock, count, duration, percent } from "../../../../../src/dashboard/page/look/format.ts";
import { money, shortCount } from "../../../../../src/dashboard/page/models/usedWords.ts";
import { readTexts } from "../../../../support/dashboard/translations.ts";

const NOW = Date.UTC(2026, 10, 28, 12);

describe("The language of the page", () => {
  afterEach(() => setLanguage(undefined, {}));

  it("is English where a text is missing", () => {
    setLanguage("de", { "Open Log": "Protokoll öffnen" });
    assert.equal(l10n.t("Open Log"), "Protokoll öffnen");
    assert.equal(l10n.t("Open Settings"), "Open Settings");
  });

  it("formats numbers, times and durations as people of the language write them", async () => {
    setLanguage("de", readTexts("de"));
    assert.deepEqual([count(18_204), duration(2_400), duration(125_000)], ["18.204", "2,4 s", "2 min 5 s"]);
    assert.deepEqual([percent(0.004), percent(0.31)], ["0,4 %", "31 %"]);
    assert.deepEqual([money(1.5, "USD"), shortCount(1_250_000)], ["1,50 USD", "1,3\u00a0Mio."]);
    assert.equal(ago(new Date(NOW - 180_000).toISOString(), NOW), "vor 3 min");
    assert.match(clock("2026-11-27T12:00:00.000Z", NOW), /^2[678]\. Nov\., \d\d:\d\d$/);
    setLanguage("en-US", {});
    assert.deepEqual([count(18_204), duration(2_400), money(1.5, "USD")], ["18,204", "2.4 s", "1.50 USD"]);
  });

  it("selects the sentence for a number by the rules of the language", () => {
    const words = (value: number): string => plural(value, "one", "several");
    setLanguage("de", {});
    assert.deepEqual([0, 1, 2].map(words), ["several", "one", "several"]);
    setLanguage("fr", {});
    assert.deepEqual([0, 1, 2].map(words), ["one", "one", "several"]);
  });

  it("puts nodes where the translation has them", () => {
    const nodes = { left: 1, state: 2 };
    assert.deepEqual(withNodes("Denied in {left}", nodes), ["Denied in ", 1, ""]);
    assert.deepEqual(withNodes("Wird in {left} abgelehnt: {state}", nodes), ["Wird in ", 1, " abgelehnt: ", 2, ""]);
  });

  it("creates a formatter once for each language", () => {
    const created: unknown[] = [];
    const format = inLanguage((locale) => created.push(locale));
    for (const locale of ["de", "de", "en"]) {
      setLanguage(locale, {});
      format();
    }
    assert.deepEqual(created, ["de", "en"]);
  });
});
