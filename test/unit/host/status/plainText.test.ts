import assert from "node:assert/strict";
import { plainText } from "../../../../src/host/status/plainText.ts";

/** What the editor takes for a link in a message. */
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
const icon = /\$\([a-z0-9-]+(~[a-z]+)?\)/i;

describe("plainText", () => {
  it("leaves nothing that the editor shows as a link or an icon", () => {
    const texts = [
      "Allow [this](command:workbench.action.terminal.new)?",
      '[a](command:x?%5B%5D) [b](https://evil.example/?q "title")',
      "[[a]](command:x)",
      "[a]\n(command:x)",
      "[a]\u202E(command:x)",
      "[a]]((command:x)",
      "$(trash) $(loading~spin)",
      "$\u0000(trash)",
    ];
    for (const text of texts) {
      assert.doesNotMatch(plainText(text), link, text);
      assert.doesNotMatch(plainText(text), icon, text);
    }
    assert.match("Allow [this](command:workbench.action.terminal.new)?", link);
  });

  it("returns one line without control and bidirectional characters", () => {
    assert.equal(plainText(" a\r\n\tb\u0007c\u2028d \u202Egnp.exe "), "a b c d gnp.exe");
  });

  it("keeps punctuation, emoji and other scripts", () => {
    const text = "Port 3001 (process 7) [held] – naïve 漢字 👩‍👩‍👧 می‌خواهم";
    assert.equal(plainText(text), text);
  });

  it("limits the length of any text", () => {
    assert.equal(plainText("x".repeat(1_000_000)).length, 501);
    assert.equal(plainText("a b c d", 3), "a b…");
    assert.ok(plainText("](".repeat(100_000)).length <= 501);
  });
});
