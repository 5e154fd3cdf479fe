import assert from "node:assert/strict";
import { Pace } from "../../../src/base/pace.ts";
import { TextSearch } from "../../../src/history/textSearch.ts";
import { turnsDuring } from "../../support/measures/turns.ts";

describe("TextSearch", () => {
  const isIn = (wanted: string, ...texts: string[]): Promise<boolean> =>
    new TextSearch(wanted, new Pace()).isInAny(texts);

  it("finds a text in any of several, in whatever case", async () => {
    assert.equal(await isIn("İstanbul", "a", "hello İSTANBUL"), true);
    assert.equal(await isIn("b", "a", "", "c"), false);
    assert.equal(await isIn("", "a"), true);
    assert.equal(await isIn("a"), false);
  });

  it("finds a text of any length across its slices", async () => {
    for (const length of [1, 7, 200]) {
      const wanted = "Needle".padEnd(length, "İ").slice(0, length);
      for (let at = 256 * 1024 - 260; at < 256 * 1024 + 20; at += 13) {
        assert.equal(
          await isIn(wanted, `${"x".repeat(at)}${wanted}${"x".repeat(300_000)}`),
          true,
          `${length} at ${at}`,
        );
      }
    }
  });

  it("yields within one text", async () => {
    const turns = await turnsDuring(() => isIn("needle", "x".repeat(64 * 1024 * 1024)));
    // 64 MiB take many turns of ten milliseconds on any machine.
    assert.ok(turns >= 3, `${turns} turns`);
  });
});
