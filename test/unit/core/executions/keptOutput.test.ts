import assert from "node:assert/strict";
import fc from "fast-check";
import { KeptOutput, MAX_KEPT_OUTPUT } from "../../../../src/core/executions/keptOutput.ts";

const CHUNK = 64 * 1024;

describe("KeptOutput", () => {
  it("retracts the last characters, across as many pieces as needed", () => {
    const output = new KeptOutput();
    for (const piece of ["one ", "two ", "", "three ", "four"]) output.append(piece);
    output.retract(0);
    output.retract(7);
    assert.deepEqual([output.text, output.length], ["one two thr", 11]);
    output.append("ow");
    output.retract(3);
    assert.deepEqual([output.text, output.length], ["one two th", 10]);
    output.append("!");
    output.retract(100);
    assert.deepEqual([output.text, output.length], ["", 0]);
  });

  it("keeps 8 Mi characters and marks the text as truncated, and then retracts nothing", () => {
    const output = new KeptOutput();
    output.append("x".repeat(MAX_KEPT_OUTPUT - 1));
    output.append("y");
    assert.equal(output.isTruncated, false);
    output.append("z");
    assert.deepEqual([output.isTruncated, output.length, output.text.at(-1)], [true, MAX_KEPT_OUTPUT, "y"]);
    output.retract(5);
    assert.equal(output.text.length, MAX_KEPT_OUTPUT);
  });

  it("keeps as many characters when they are two bytes wide", () => {
    const output = new KeptOutput();
    const chunk = "漢字".repeat(CHUNK / 2);
    for (let length = 0; length < MAX_KEPT_OUTPUT; length += CHUNK) output.append(chunk);
    assert.ok(output.text === chunk.repeat(MAX_KEPT_OUTPUT / CHUNK));
    assert.equal(output.isTruncated, false);
  });

  it("returns every text unchanged, however long, wide or split, and whenever it is read", () => {
    const unit = fc.constantFrom("x", "line\n", "ä", "漢", "😀", "\ud83d", "\ude00", "");
    const piece = fc.tuple(unit, fc.constantFrom(1, 1000, 50_000, 300_000)).map(([text, count]) => text.repeat(count));
    const step = fc.oneof(
      { weight: 8, arbitrary: piece },
      { weight: 1, arbitrary: fc.nat({ max: 700_000 }) },
      { weight: 1, arbitrary: fc.constant("read" as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const output = new KeptOutput();
        let expected = "";
        for (const what of steps) {
          if (what === "read") assert.ok(output.text === expected);
          else if (typeof what === "number") {
            output.retract(what);
            expected = expected.slice(0, Math.max(0, expected.length - what));
          } else if (expected.length + what.length <= MAX_KEPT_OUTPUT) {
            output.append(what);
            expected += what;
          }
          assert.equal(output.length, expected.length);
        }
        assert.ok(output.text === expected);
      }),
      { numRuns: 60 },
    );
  });

  it("keeps a long text outside the heap until it is read, and at most one spare block afterwards", () => {
    const fill = (): KeptOutput => {
      const output = new KeptOutput();
      const chunk = "x".repeat(CHUNK);
      for (let length = 0; length < MAX_KEPT_OUTPUT; length += CHUNK) output.append(chunk);
      return output;
    };
    assert.equal(fill().text.length, MAX_KEPT_OUTPUT);
    const { arrayBuffers: atRest } = process.memoryUsage();
    const outputs = [fill(), fill(), fill()];
    const { arrayBuffers: during } = process.memoryUsage();
    for (const { text } of outputs) assert.equal(text.length, MAX_KEPT_OUTPUT);
    const { arrayBuffers: afterwards } = process.memoryUsage();
    // Two, for the first has the spare one.
    assert.ok(during - atRest < 2 * MAX_KEPT_OUTPUT + CHUNK, `${atRest} → ${during}`);
    assert.ok(during - afterwards > 2 * MAX_KEPT_OUTPUT - CHUNK, `${during} → ${afterwards}`);
  });

  it("needs no block for a short text, nor for a long one that arrives at once", () => {
    const before = process.memoryUsage().arrayBuffers;
    const outputs = Array.from({ length: 20 }, () => new KeptOutput());
    const large = "x".repeat(MAX_KEPT_OUTPUT);
    for (const [index, output] of outputs.entries()) {
      if (index % 2 === 0) output.append(large);
      else for (let count = 0; count < 5; count++) output.append("x".repeat(CHUNK));
    }
    assert.ok(process.memoryUsage().arrayBuffers - before < MAX_KEPT_OUTPUT);
    assert.ok(outputs.every(({ text }, index) => text.length === (index % 2 === 0 ? MAX_KEPT_OUTPUT : 5 * CHUNK)));
  });
});
