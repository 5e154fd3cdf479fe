import assert from "node:assert/strict";
import fc from "fast-check";
import { guardPrompt, MAX_PROMPT_LENGTH } from "../../../../../src/agents/kiro/text/promptGuard.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";

/**
 * What the CLI makes of the first character, with all that it trims or takes out before it looks
 * (docs/kiro-cli.md#14-reading-stdin).
 */
const COMMAND = /^[\s\u200b-\u200f\u2028-\u202f\u2060\ufeff\u{e0000}-\u{e0fff}]*[!/@]/u;

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "!",
        "/",
        "@",
        "\n",
        "\r",
        "\r\n",
        "```",
        "`",
        "\\",
        "\u0003",
        "\u0004",
        "\b",
        "\u001b[A",
        "\u0000",
        "\ud800",
        "\udc00",
      ),
      fc.constantFrom(
        "\u200b",
        "\ufeff",
        "\u2028",
        "\u{e0041}",
        "\u00a0",
        "\u0085",
        "\u009b",
        "!rm -rf /",
        "/quit",
        "@file",
        " ",
        "text",
      ),
      fc.string({ unit: "binary", maxLength: 6 }),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(""));

function guarded(text: string, way: "line" | "stdin"): string | undefined {
  try {
    return guardPrompt(text, way);
  } catch (error) {
    assert.ok(error instanceof BridgeError && error.code === "VALIDATION_FAILED");
    return undefined;
  }
}

describe("guardPrompt", () => {
  it("turns any prompt into one complete line that does not start with a command", () => {
    fc.assert(
      fc.property(hostile, (prompt) => {
        const line = guarded(prompt, "line");
        if (line === undefined) return;
        assert.doesNotMatch(line, /[\n\r\u2028\u2029]/u);
        assert.doesNotMatch(line, /\\$/u);
        assert.equal((line.split("```").length - 1) % 2, 0);
        assertHarmless(line);
      }),
      { numRuns: 3000 },
    );
  });

  it("prevents a prompt on standard input from starting with a command", () => {
    fc.assert(
      fc.property(hostile, (prompt) => {
        const input = guarded(prompt, "stdin");
        if (input !== undefined) assertHarmless(input);
      }),
      { numRuns: 3000 },
    );
  });

  it("leaves ordinary text as it is", () => {
    for (const text of ["Explain a/b!", "- a list", "é 日本 🦀 👩‍👩‍👧", 'say "hi" @home', "C:\\dir"]) {
      assert.equal(guardPrompt(text, "line"), text);
    }
    assert.equal(guardPrompt("two\r\nlines\n!not first\n", "stdin"), "two\nlines\n!not first");
  });

  it("prefixes a command with a word, and joins lines visibly", () => {
    assert.equal(guardPrompt("!ls", "line"), "Prompt: !ls");
    assert.equal(guardPrompt(" \u200b\n/quit", "stdin"), "Prompt: \u200b\n/quit");
    assert.equal(guardPrompt("one\n\n!two\r\n  three", "line"), "one ⏎ !two ⏎   three");
    assert.equal(guardPrompt("```js\ncode", "line"), "```js ⏎ code ```");
    assert.equal(guardPrompt("path\\", "line"), "path\\ ⏎");
  });

  it("rejects an empty prompt, and one that is too long", () => {
    for (const nothing of ["", " \n", "\u200b\u0003", "\u{e0041}"]) assert.equal(guarded(nothing, "line"), undefined);
    assert.equal(guardPrompt("x".repeat(MAX_PROMPT_LENGTH), "line").length, MAX_PROMPT_LENGTH);
    assert.throws(() => guardPrompt("x".repeat(MAX_PROMPT_LENGTH + 1), "stdin"), /at most 400000/u);
  });
});

function assertHarmless(text: string): void {
  assert.doesNotMatch(text, COMMAND);
  assert.ok(text.isWellFormed());
  // oxlint-disable-next-line no-control-regex -- that is the claim
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u);
}
