import assert from "node:assert/strict";
import fc from "fast-check";
import { StopText } from "../../../../../src/gateways/turns/answer/stopText.ts";

function passed(sequences: readonly string[], chunks: readonly string[]) {
  const stopText = new StopText(sequences);
  let text = "";
  for (const chunk of chunks) {
    const { text: part, stop } = stopText.push(chunk);
    text += part;
    if (stop !== undefined) return { text, stop };
  }
  return { text: text + stopText.flush(), stop: undefined };
}

describe("StopText", () => {
  it("finds a sequence across the borders of chunks", () => {
    assert.deepEqual(passed(["STOP"], ["one S", "TO", "P two"]), { text: "one ", stop: "STOP" });
  });

  it("passes on at once what cannot be the beginning of a sequence", () => {
    const stopText = new StopText(["\n\n", "END"]);
    assert.equal(stopText.push("line E").text, "line ");
    assert.equal(stopText.push("asy").text, "Easy");
  });

  it("does not stop at an empty sequence", () => {
    assert.deepEqual(passed([""], ["text"]), { text: "text", stop: undefined });
  });

  it("stops at the same place, however the text is cut into chunks", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 6 }), fc.array(letters, { maxLength: 3 }), (chunks, sequences) => {
        const whole = chunks.join("");
        const { text, stop } = passed(sequences, chunks);
        assert.deepEqual({ text, stop }, passed(sequences, [whole]));
        assert.equal(text + (stop ?? ""), whole.slice(0, text.length + (stop ?? "").length));
        assert.equal(
          stop !== undefined,
          sequences.some((sequence) => sequence !== "" && whole.includes(sequence)),
        );
        for (const sequence of sequences) if (sequence !== "") assert.ok(!text.includes(sequence));
      }),
    );
  });
});
