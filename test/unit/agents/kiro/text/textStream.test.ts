import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { TextStream } from "../../../../../src/agents/kiro/text/textStream.ts";

describe("TextStream", () => {
  it("releases the memory of each piece as it reads it, and leaves shared memory alone", async () => {
    const source = new PassThrough();
    const heard: string[] = [];
    const stream = new TextStream(source, {}, (text) => heard.push(text));
    const shared = Buffer.from("pad one\n").subarray(4);
    const whole = [Buffer.allocUnsafeSlow(100_000).fill("x\n"), Buffer.allocUnsafeSlow(3).fill("é\n")];
    for (const bytes of [...whole, shared]) source.write(bytes);
    source.end();
    await once(source, "end");
    stream.finish();
    assert.equal(heard.join(""), `${"x\n".repeat(50_000)}é\none\n`);
    assert.deepEqual(
      whole.map(({ buffer }) => buffer.byteLength),
      [0, 0],
    );
    assert.equal(shared.toString(), "one\n");
  });
});
