import assert from "node:assert/strict";
import { TextArena, type TextPlace } from "../../../src/core/textArena.ts";

describe("TextArena", () => {
  it("gives back what was put in, in any language", () => {
    const arena = new TextArena(1000);
    const texts = ["plain", "Grüße", "漢字", "😀", ""];
    const places = texts.map((text) => arena.add(text) ?? assert.fail(text));
    assert.deepEqual(
      places.map((place) => arena.read(place)),
      texts,
    );
  });

  it("takes what fits when the oldest leave, and never overwrites what stays", () => {
    const arena = new TextArena(100);
    const kept: { readonly text: string; readonly place: TextPlace }[] = [];
    for (let count = 0; count < 2000; count++) {
      const text = String.fromCharCode(97 + (count % 26)).repeat((count * 7) % 61);
      let place = arena.add(text);
      while (place === undefined) {
        arena.release((kept.shift() ?? assert.fail("there is room when it is empty")).place);
        place = arena.add(text);
      }
      kept.push({ text, place });
      for (const { text: whole, place: where } of kept) assert.equal(arena.read(where), whole);
    }
  });

  it("does not accept what is too long, or is half a character", () => {
    const arena = new TextArena(10);
    assert.deepEqual(
      ["0123456789", "0123456789a", "äääää", "ääääää", "\ud83d"].map((text) => arena.accepts(text)),
      [true, false, true, false, false],
    );
  });
});
