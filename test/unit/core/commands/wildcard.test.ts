import assert from "node:assert/strict";
import { wildcard } from "../../../../src/core/commands/wildcard.ts";

describe("wildcard", () => {
  it("matches any text with *, including the empty text, dots, slashes and line breaks", () => {
    const matching: [string, string][] = [
      ["*", ""],
      ["*", "a.b/c\nd"],
      ["**", "x"],
      ["editor.*", "editor."],
      ["editor.*", "editor.action.fold"],
      ["*.signOut", "github.signOut"],
      ["*deleteAccount*", "kiroAgent.deleteAccountNow"],
      ["a*b*c", "abc"],
      ["a*b*c", "a-b-b-c-c"],
      ["*ab*ab", "abab"],
    ];
    for (const [pattern, text] of matching) assert.equal(wildcard(pattern)(text), true, `${pattern} | ${text}`);
    const others: [string, string][] = [
      ["", "a"],
      ["editor.*", "xeditor.fold"],
      ["editor.*", "Editor.fold"],
      ["*.signOut", "github.signOut2"],
      ["aba*aba", "aba"],
      ["*ab*ab", "ab"],
      ["a*b*c", "acb"],
    ];
    for (const [pattern, text] of others) assert.equal(wildcard(pattern)(text), false, `${pattern} | ${text}`);
  });

  it("matches every other character literally", () => {
    for (const pattern of ["a.b", "a?b", "a[bc]", "{a,b}", "!a", "+(a)", "a\\b", "(a|b)", "$type"]) {
      assert.equal(wildcard(pattern)(pattern), true, pattern);
    }
    const literal: [string, string][] = [
      ["a.b", "axb"],
      ["a?b", "axb"],
      ["a[bc]", "ab"],
      ["{a,b}", "a"],
      ["!a", "b"],
    ];
    for (const [pattern, text] of literal) assert.equal(wildcard(pattern)(text), false, pattern);
  });

  it("agrees with a regular expression on every short text", () => {
    const texts = wordsOf("ab", 6);
    for (const pattern of wordsOf("ab*", 5)) {
      const expression = new RegExp(`^${pattern.replaceAll("*", "[^]*")}$`);
      const matches = wildcard(pattern);
      for (const text of texts) assert.equal(matches(text), expression.test(text), `${pattern} | ${text}`);
    }
  });

  it("takes no longer for a hostile text than for a long one of the same length", () => {
    // With backtracking each of these takes from many minutes to for ever.
    const text = `workbench.extensions.${"install".repeat(1_000_000)}\n`;
    assert.equal(wildcard("workbench.extensions.*install*!")(text), false);
    assert.equal(wildcard("*install*install*install*install*never*")(text), false);
    assert.equal(wildcard(`${"*l".repeat(100)}*!`)(text), false);
  });
});

/** All words of up to so many letters. */
function wordsOf(letters: string, length: number): string[] {
  let longest = [""];
  const words = [""];
  for (let at = 0; at < length; at++) {
    longest = longest.flatMap((word) => letters.split("").map((letter) => word + letter));
    words.push(...longest);
  }
  return words;
}
