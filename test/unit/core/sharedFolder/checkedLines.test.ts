import assert from "node:assert/strict";
import { decodeLine, encodeLine, LineBuffer } from "../../../../src/core/sharedFolder/checkedLines.ts";

describe("Lines with a checksum", () => {
  const records = [
    {},
    "",
    "ä 🚲 \u2028",
    { text: "x".repeat(100_000) },
    ...Array.from({ length: 500 }, (_, n) => ({ n })),
  ];

  it("are the same one by one and in a buffer, and are read again", () => {
    const buffer = new LineBuffer();
    const lengths = records.map((record) => buffer.add(record));
    const lines = records.map(encodeLine);
    assert.equal(buffer.bytes.toString(), lines.join(""));
    assert.deepEqual(
      lengths,
      lines.map((line) => Buffer.byteLength(line)),
    );
    assert.deepEqual(
      lines.map((line) => decodeLine(Buffer.from(line.trimEnd()))),
      records,
    );
  });
});
