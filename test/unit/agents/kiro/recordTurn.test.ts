import assert from "node:assert/strict";
import { homedir, userInfo } from "node:os";
import { redact } from "../../../../src/agents/kiro/recordTurn.ts";

describe("redact", () => {
  it("redacts folders, names, addresses and what looks like a key", () => {
    const { username } = userInfo();
    const text = `${homedir()}/work in /tmp/shop by somebody@example.org with key ${"A1b2".repeat(10)}, ${username}`;
    const clean = redact(text, "/tmp/shop");
    for (const secret of [homedir(), "/tmp/shop", "example.org", "A1b2A1b2"]) {
      assert.ok(!clean.includes(secret), `${secret} in ${clean}`);
    }
    assert.match(clean, /<workspace>.*<redacted>.*<redacted>/);
  });

  it("redacts an address of any length, and only that", () => {
    assert.equal(redact(`to ${"a.".repeat(200)}b@example.org now`, "/tmp/shop"), "to <redacted> now");
    assert.equal(redact("a.b.c+d no address", "/tmp/shop"), "a.b.c+d no address");
  });

  it("leaves the other bytes of the CLI unchanged", () => {
    const marker = "\u001b[38;5;141m> \u001b[0mpong\n";
    assert.equal(redact(marker, "/tmp/shop"), marker);
  });
});
