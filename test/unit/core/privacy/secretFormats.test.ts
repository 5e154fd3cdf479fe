import assert from "node:assert/strict";
import { Redactor } from "../../../../src/core/privacy/redactor.ts";
import { appendToStream, streamStart } from "../../../../src/core/privacy/secretStream.ts";
import { secretExamples } from "../../../support/checks/secretExamples.ts";

const { text: mask, find } = new Redactor();

/** Masks a text that arrives in two chunks. */
function maskInTwo(text: string, border: number): string {
  const first = appendToStream(streamStart, text.slice(0, border), find);
  return first.text + appendToStream(first.state, text.slice(border), find, "end").text;
}

describe("Formats of secrets", () => {
  for (const { name, secret, shown, core } of secretExamples) {
    it(`masks ${name}: alone, in JSON, after a line break and an escape`, () => {
      assert.equal(mask(secret), shown);
      assert.equal(mask(`before\n${secret}\nafter`), `before\n${shown}\nafter`);
      assert.equal(mask(`"before\\n${secret}"`), `"before\\n${shown}"`);
      const json = JSON.stringify({ field: secret, list: [`a\n${secret}`] });
      assert.equal(mask(json), JSON.stringify({ field: shown, list: [`a\n${shown}`] }));
      assert.equal(mask(JSON.stringify(json)), JSON.stringify(mask(json)));
    });

    it(`masks ${name} that is split over two chunks at any position`, () => {
      const text = `before\n${secret}\nafter`;
      for (let border = 1; border < text.length; border++) {
        const masked = maskInTwo(text, border);
        assert.ok(masked.startsWith("before\n") && masked.endsWith("\nafter"), masked);
        assert.ok(masked.includes("(hidden)"), `${border}: ${masked}`);
        assert.ok(!masked.includes(core), `${border}: ${masked}`);
      }
    });
  }
});
