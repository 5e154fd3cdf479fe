import assert from "node:assert/strict";
import { TextArena, type TextPlace } from "../../../../src/core/events/textArena.ts";

const noneToEvict = (): never => assert.fail("there is room when it is empty");

describe("TextArena", () => {
  it("returns each text as it was stored, in any language", () => {
    const arena = new TextArena(1000);
    const texts = ["plain", "Grüße", "漢字", "😀", ""];
    const places = texts.map((text) => arena.add(text, noneToEvict));
    assert.deepEqual(
      places.map((place) => arena.read(place)),
      texts,
    );
  });

  it("stores what fits after evicting the oldest, and never overwrites what it keeps", () => {
    const arena = new TextArena(100);
    const kept: { readonly text: string; readonly place: TextPlace }[] = [];
    for (let count = 0; count < 2000; count++) {
      const text = (["x", "ä", "漢", "😀"][count % 4] ?? "").repeat((count * 7) % 25);
      const place = arena.add(text, () => arena.release((kept.shift() ?? noneToEvict()).place));
      kept.push({ text, place });
      for (const { text: whole, place: where } of kept) assert.equal(arena.read(where), whole);
    }
  });

  it("evicts as long as a text does not fit, and no longer, in any language", () => {
    const arena = new TextArena(100);
    const kept = ["a", "b", "c", "d", "e"].map((text) => arena.add(text.repeat(20), noneToEvict));
    let evicted = 0;
    const place = arena.add("漢".repeat(19), () => {
      arena.release(kept.shift() ?? noneToEvict());
      evicted++;
    });
    assert.deepEqual([evicted, arena.read(place)], [3, "漢".repeat(19)]);
    assert.deepEqual(
      kept.map((text) => arena.read(text)),
      ["d".repeat(20), "e".repeat(20)],
    );
  });

  it("rejects a text that is too long or has a lone surrogate", () => {
    const arena = new TextArena(10);
    assert.deepEqual(
      ["0123456789", "0123456789a", "äääää", "ääääää", "\ud83d"].map((text) => arena.accepts(text)),
      [true, false, true, false, false],
    );
  });
});
