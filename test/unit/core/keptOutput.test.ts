import assert from "node:assert/strict";
import { KeptOutput, MAX_KEPT_OUTPUT } from "../../../src/core/keptOutput.ts";

describe("KeptOutput", () => {
  it("takes back the last characters, of as many pieces as they are in", () => {
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

  it("keeps 8 Mi characters and says that there was more; then nothing is taken back", () => {
    const output = new KeptOutput();
    output.append("x".repeat(MAX_KEPT_OUTPUT - 1));
    output.append("y");
    assert.equal(output.isTruncated, false);
    output.append("z");
    assert.deepEqual([output.isTruncated, output.length, output.text.at(-1)], [true, MAX_KEPT_OUTPUT, "y"]);
    output.retract(5);
    assert.equal(output.text.length, MAX_KEPT_OUTPUT);
  });
});
